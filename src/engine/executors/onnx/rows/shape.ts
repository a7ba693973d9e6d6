/** Ops that move numbers, and reductions. */
import type { Node, Shape, Value } from '../../../graph/graph.ts';
import type { Lowering, LoweringRow, OnnxTensor } from '../lowering.ts';

/** Blocked tensors may be joined and cut along channels at the borders of blocks, and along the batch anywhere. */
const atBlockBorders = (on: Lowering, axis: number, channels: readonly number[]): boolean =>
  axis === 0 || (axis === 1 && channels.every((c) => c % on.block === 0));

export const concat: LoweringRow<'concat'> = (on, { attributes: { axis }, outputs }, inputs) => {
  const { shape } = outputs[0]!;
  const channels = inputs.map((x) => x.shape[1] ?? 0);
  if (inputs.some((x) => x.layout === 'blocked') && atBlockBorders(on, axis, channels)) {
    const names = inputs.map((x) => on.blocked(x).name);
    return [{ name: on.graph.node('Concat', names, { axis })[0]!, shape, layout: 'blocked' }];
  }
  return [on.op('Concat', inputs, shape, { axis })];
};

export const slice: LoweringRow<'slice'> = (on, node, [x]) => {
  const { attributes, inputs, outputs } = node;
  const { axis, start, length } = attributes;
  const cuts = cutsOf(on, inputs[0]!, axis);
  const borders = cuts?.map((cut) => cut.length) ?? [start, length];
  const source = x!.layout === 'blocked' && atBlockBorders(on, axis, borders) ? x! : on.plain(x!);
  const { layout } = source;
  const { shape } = outputs[0]!;
  if (cuts !== undefined) {
    // one Split for all: it runs on all cores, Slice on one
    const names = on.graph.node('Split', [source.name, on.graph.integers(borders)], { axis }, { outputs: cuts.length });
    return [{ name: names[cuts.findIndex((cut) => cut.start === start)]!, shape, layout }];
  }
  const bounds = [[start], [start + length], [axis]].map((v) => on.graph.integers(v));
  return [{ name: on.graph.node('Slice', [source.name, ...bounds])[0]!, shape, layout }];
};

/** The slices of a value along an axis in order, where they are all of it and none overlaps another. */
function cutsOf(on: Lowering, value: Value, axis: number): { start: number; length: number }[] | undefined {
  const cuts = on
    .usersOf(value)
    .filter((n): n is Node<'slice'> => n.op === 'slice')
    .map((n) => n.attributes)
    .filter((cut) => cut.axis === axis)
    .sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, length } of cuts) {
    if (start !== end) return undefined;
    end += length;
  }
  return cuts.length > 1 && end === value.shape[axis] ? cuts : undefined;
}

export const padZero: LoweringRow<'padZero'> = (on, { attributes: { axis, before, after }, outputs }, [x]) => {
  const rank = x!.shape.length;
  const pads = Array.from({ length: 2 * rank }, (_, i) => (i === axis ? before : i === rank + axis ? after : 0));
  return [on.op('Pad', [x!, on.graph.integers(pads)], outputs[0]!.shape)];
};

export const reshape: LoweringRow<'reshape'> = (on, { attributes: { shape } }, [x]) => [on.reshape(x!, shape)];

export const transpose: LoweringRow<'transpose'> = (on, { attributes: { permutation }, outputs }, [x]) => [
  on.op('Transpose', [x!], outputs[0]!.shape, { perm: permutation }),
];

export const broadcastTo: LoweringRow<'broadcastTo'> = (on, { attributes: { shape } }, [x]) => {
  const [batch, channels, height, width] = x!.shape;
  // [B, C, 1, 1] → [B, C, H, W]: the gradient of pooling, which meets blocked tensors
  if (on.fits(shape) && x!.shape.length === 4 && height === 1 && width === 1 && channels === shape[1] && batch === shape[0]) {
    const order = [batch!, channels! / on.block, shape[2]! * shape[3]!, on.block];
    const pixel = on.view(x!, [order[0]!, order[1]!, 1, on.block]);
    const image = on.op('Expand', [pixel, on.graph.integers(order)], order);
    return [{ ...on.view(image, shape), layout: 'blocked' }];
  }
  return [on.op('Expand', [x!, on.graph.integers(shape)], shape)];
};

function reduce(
  on: Lowering,
  opType: 'ReduceSum' | 'ReduceMean',
  x: OnnxTensor,
  { axes, keepDims }: { axes: readonly number[]; keepDims: boolean },
  shape: Shape,
): OnnxTensor {
  const [, , height, width] = x.shape;
  const over = axes.toSorted((a, b) => a - b).join();
  if (x.layout === 'blocked' && (over === '2,3' || over === '0,2,3')) {
    const mean = over === '2,3' ? on.imageMean(x) : on.channelMean(x);
    const count = (over === '2,3' ? 1 : x.shape[0]!) * height! * width!;
    const result = opType === 'ReduceMean' ? mean : on.pointwise('Mul', [mean, on.scalar(count)]);
    return on.reshape(result, shape);
  }
  return on.op(opType, [x, on.graph.integers(axes)], shape, { keepdims: Number(keepDims) });
}

export const sum: LoweringRow<'sum'> = (on, { attributes, outputs }, [x]) => [
  reduce(on, 'ReduceSum', x!, attributes, outputs[0]!.shape),
];
export const mean: LoweringRow<'mean'> = (on, { attributes, outputs }, [x]) => [
  reduce(on, 'ReduceMean', x!, attributes, outputs[0]!.shape),
];

/** Gemm multiplies matrices; see the graph's `matmul`. */
export const matmul: LoweringRow<'matmul'> = (on, { attributes: { transposeA, transposeB }, outputs }, inputs) => [
  on.op('Gemm', inputs, outputs[0]!.shape, { transA: Number(transposeA), transB: Number(transposeB) }),
];
