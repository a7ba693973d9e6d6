import type { GraphBuilder } from '../builder.ts';
import type { Node, Shape, Value } from '../graph.ts';
import type { Attributes, OpName } from '../ops.ts';

/** Gradients that reach a node's outputs; undefined where nothing depends on that output. */
type OutputGradients = readonly (Value | undefined)[];

/** What a kernel computes with: row-major float64 numbers, one array per input, and all shapes. */
export interface KernelCall<K extends OpName> {
  readonly inputs: readonly Float64Array[];
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  readonly attributes: Attributes[K];
}

/** All that there is to know about one op. */
export interface OpRow<K extends OpName> {
  /** The outputs' shapes. Throws a RangeError when the inputs don't fit. */
  shape(inputs: readonly Shape[], attributes: Attributes[K]): readonly Shape[];
  /**
   * The gradients of the inputs, one for each; undefined where `needed` is false, so that no work is built for nothing.
   * An op without this rule ends the chain: training never differentiates through it.
   */
  gradient?(
    graph: GraphBuilder,
    node: Node<K>,
    outputGradients: OutputGradients,
    needed: readonly boolean[],
  ): readonly (Value | undefined)[];
  /** The outputs in plain float64 loops: slow, and the measure of every other executor. */
  kernel(call: KernelCall<K>): readonly Float64Array[];
}

/** Throws unless the input has as many axes as the op's definition says. */
export function requireRank(op: OpName, shape: Shape | undefined, rank: number): asserts shape is Shape {
  if (shape?.length !== rank)
    throw new RangeError(`${op} needs ${rank} axes, not ${shape === undefined ? 'none' : `[${shape.join(', ')}]`}`);
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);
