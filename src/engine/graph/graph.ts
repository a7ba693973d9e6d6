/**
 * The graph: a static description of a computation in the field's own ops, in PyTorch's layouts (NCHW, OIHW).
 * It knows no library. Gradients are graph too (autodiff.ts); an executor lowers each op to the best its library has.
 */
import type { Attributes, OpName } from './ops.ts';

/** Sizes, outermost first; `[]` is a scalar. All are known when the graph is built. */
export type Shape = readonly number[];

/** One tensor in the graph: output `index` of a node. */
export interface Value {
  readonly node: Node;
  readonly index: number;
  readonly shape: Shape;
}

/** One op with its inputs. Nodes are immutable and are kept in the order they were built, which is a topological order. */
export interface Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes[K];
  readonly outputs: readonly Value[];
}

/**
 * A compiled unit: what is fed at each call, what persists between calls, what comes out, what the state becomes.
 * Programs that name the same states share them: the step for a full batch, the step for the last, smaller one, the reader.
 */
export interface Program {
  /** every node that outputs and updates need, in topological order */
  readonly nodes: readonly Node[];
  /** `input` nodes by name */
  readonly inputs: Readonly<Record<string, Value>>;
  /** `state` nodes by name: parameters, moments, running statistics */
  readonly states: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
  /** the states' values after a call; a state that is not named stays */
  readonly updates: Readonly<Record<string, Value>>;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
