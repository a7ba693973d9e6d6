/** Element by element, reductions and activations: in whatever order the larger input has. */
import { sizeOf, type Shape } from '../../../graph/graph.ts';
import { sameShape } from '../../../graph/rows/row.ts';
import { attr } from '../graph-writer.ts';
import type { FloatType } from '../gelu.ts';
import { tensorAt, type Lowering, type Rule } from './lowering.ts';
import { NHWC, physical, physicalAxis, plain, type Order, type Tensor } from './tensor.ts';

/** The tensor with axes of 1 put in front, as broadcasting reads it. */
function withRank(l: Lowering, x: Tensor, rank: number): Tensor {
  if (x.shape.length === rank) return x;
  const { edge, type, shape } = l.arrange(x, plain(x.shape.length));
  const wide: Shape = [...Array<number>(rank - shape.length).fill(1), ...shape];
  // aligned at the last axis, as in the graph: in the plain order TensorFlow would do the same by itself
  const reshaped = l.once(`${edge} of rank ${rank}`, () => l.op('Reshape', [edge, l.writer.ints(wide)], { T: attr.type(type) }));
  return { edge: reshaped, shape: wide, order: plain(rank), type };
}

/** An op between tensors is in bfloat16 where every input that isn't repeated is: a loss stays float32, a condition doesn't make it so. */
const commonType = (inputs: readonly Tensor[], size: number): FloatType =>
  inputs.every((x) => x.type === 'bfloat16' || sizeOf(x.shape) < size) && inputs.some((x) => x.type === 'bfloat16')
    ? 'bfloat16'
    : 'float32';

/** The input that the output looks like: a scalar has no order of its own. */
function larger(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length !== b.shape.length) return b.shape.length > a.shape.length ? b : a;
  return sizeOf(b.shape) > sizeOf(a.shape) ? b : a;
}

type Arithmetic = 'add' | 'sub' | 'mul' | 'div';
const OPS = { add: 'AddV2', sub: 'Sub', mul: 'Mul', div: 'RealDiv' } as const;

const elementwise: Rule<Arithmetic> = (l, node, inputs) => {
  const y = node.outputs[0]!;
  const rank = y.shape.length;
  const type = commonType(inputs, sizeOf(y.shape));
  const [a, b] = inputs.map((x) => withRank(l, l.cast(x, type), x.shape.length === 0 ? 0 : rank)) as [Tensor, Tensor];
  const { order } = larger(a, b);
  const T = { T: attr.type(type) };
  const out = (edge: string) => [tensorAt(edge, y, order, type)];
  const bias = node.op === 'add' ? channelBias(l, a, b, order) : undefined;
  // a form that TensorFlow fuses with the convolution before it
  if (bias !== undefined) return out(l.op('BiasAdd', [bias.images.edge, bias.bias], { ...T, data_format: attr.text('NHWC') }));
  const edges = [a, b].map((x) => (x.shape.length === 0 ? x.edge : l.arrange(x, order).edge));
  return out(l.op(OPS[node.op], edges, T));
};

/** Where one of the two is [1, C, 1, 1] and the other a batch of NHWC images: the images, and the bias as [C]. */
function channelBias(l: Lowering, a: Tensor, b: Tensor, order: Order): { images: Tensor; bias: string } | undefined {
  const images = larger(a, b);
  const bias = images === a ? b : a;
  const isBias = bias.shape.length === 4 && bias.shape[1] === images.shape[1] && sizeOf(bias.shape) === bias.shape[1];
  if (!isBias || sizeOf(images.shape) === sizeOf(bias.shape) || order.some((axis, i) => axis !== NHWC[i])) return undefined;
  return { images, bias: l.reshape(bias.edge, bias.type, [bias.shape[1]!]) };
}

export const add: Rule<'add'> = elementwise;
export const sub: Rule<'sub'> = elementwise;
export const mul: Rule<'mul'> = elementwise;
export const div: Rule<'div'> = elementwise;

const reduction =
  (op: 'Sum' | 'Mean'): Rule<'sum' | 'mean'> =>
  (l, { attributes: { axes, keepDims }, outputs: [y] }, inputs) => {
    // sums of many small numbers: always in float32
    const x = l.cast(inputs[0]!, 'float32');
    const places = axes.map((axis) => physicalAxis(x.order, axis)).sort((p, q) => p - q);
    const edge = l.op(op, [x.edge, l.writer.ints(places)], {
      T: attr.type('float32'),
      Tidx: attr.type('int32'),
      keep_dims: attr.flag(keepDims),
    });
    if (keepDims) return [tensorAt(edge, y!, x.order, 'float32')];
    // the axes that are left, counted anew
    const left = plain(x.shape.length).filter((axis) => !axes.includes(axis));
    const order = x.order.filter((axis) => !axes.includes(axis)).map((axis) => left.indexOf(axis));
    return [tensorAt(edge, y!, order, 'float32')];
  };
export const sum: Rule<'sum'> = reduction('Sum');
export const mean: Rule<'mean'> = reduction('Mean');

export const broadcastTo: Rule<'broadcastTo'> = (l, { outputs: [y] }, inputs) => {
  const x = withRank(l, inputs[0]!, y!.shape.length);
  const shape = l.writer.ints(physical(y!.shape, x.order));
  return [
    tensorAt(l.op('BroadcastTo', [x.edge, shape], { T: attr.type(x.type), Tidx: attr.type('int32') }), y!, x.order, x.type),
  ];
};

/** A sum of two images goes into the same loop: nothing is written in between, and a sum that nobody else reads never runs. */
export const gelu: Rule<'gelu'> = (l, { inputs: [sum], outputs: [y] }, [x]) => {
  const [a, b] = sum!.node.op === 'add' ? sum!.node.inputs.map((v) => l.tensors.get(v)!) : [];
  const isSum = a !== undefined && b !== undefined && a.type === x!.type && b.type === x!.type && sameShape(a.shape, b.shape);
  const edge = isSum ? l.activation('geluSum', [l.arrange(a, x!.order), l.arrange(b, x!.order)]) : l.activation('gelu', [x!]);
  return [tensorAt(edge, y!, x!.order, x!.type)];
};

export const geluGrad: Rule<'geluGrad'> = (l, { outputs: [dx] }, [x, dy]) => {
  const same = l.arrange(l.cast(dy!, x!.type), x!.order);
  return [tensorAt(l.activation('geluGrad', [x!, same]), dx!, x!.order, x!.type)];
};
