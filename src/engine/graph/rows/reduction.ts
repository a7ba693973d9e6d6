import { sizeOf, type Shape, type Value } from '../graph.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Attributes } from '../ops.ts';
import type { KernelCall, OpRow } from './row.ts';

type Reduction = Attributes['sum'];

/** The reduced shape, and the same with 1 in place of the axes that went. */
function reduced(shape: Shape, { axes, keepDims }: Reduction): Shape {
  for (const axis of axes)
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
      throw new RangeError(`sum or mean of [${shape.join(', ')}]: there is no axis ${axis}`);
  const kept = shape.map((n, i) => (axes.includes(i) ? 1 : n));
  return keepDims ? kept : shape.filter((_, i) => !axes.includes(i));
}

/** dy repeated over the axes that had been summed up. */
function spread(graph: GraphBuilder, x: Value, dy: Value, axes: readonly number[]): Value {
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  return graph.broadcastTo(graph.reshape(dy, kept), x.shape);
}

const countOf = (shape: Shape, axes: readonly number[]): number => sizeOf(axes.map((axis) => shape[axis]!));

function total({ inputs, inputShapes, outputShapes, attributes }: KernelCall<'sum' | 'mean'>): Float64Array {
  const [x] = inputs as [Float64Array];
  const shape = inputShapes[0]!;
  const y = new Float64Array(sizeOf(outputShapes[0]!));
  // strides into the result: 0 along the axes that go
  const strides: number[] = [];
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = attributes.axes.includes(i) ? 0 : stride;
    if (strides[i] !== 0) stride *= shape[i]!;
  }
  let at = 0;
  const walk = (axis: number, to: number): void => {
    if (axis === shape.length) y[to]! += x[at++]!;
    else for (let i = 0; i < shape[axis]!; i++) walk(axis + 1, to + i * strides[axis]!);
  };
  walk(0, 0);
  return y;
}

export const sum: OpRow<'sum'> = {
  shape: ([x], attributes) => [reduced(x!, attributes)],
  gradient: (graph, { inputs, attributes }, [dy]) => [spread(graph, inputs[0]!, dy!, attributes.axes)],
  kernel: (call) => [total(call)],
};

export const mean: OpRow<'mean'> = {
  shape: ([x], attributes) => [reduced(x!, attributes)],
  gradient(graph, { inputs, attributes: { axes } }, [dy]) {
    const share = graph.mul(dy!, graph.constant(1 / countOf(inputs[0]!.shape, axes)));
    return [spread(graph, inputs[0]!, share, axes)];
  },
  kernel(call) {
    const count = countOf(call.inputShapes[0]!, call.attributes.axes);
    return [total(call).map((v) => v / count)];
  },
};
