/** Ops that move numbers and change none. */
import { attr } from '../graph-writer.ts';
import { tensorAt, type Rule } from './lowering.ts';
import { physical, physicalAxis, plain } from './tensor.ts';

const INT = attr.type('int32');

export const concat: Rule<'concat'> = (l, { attributes: { axis }, outputs: [y] }, inputs) => {
  const { order } = inputs[0]!;
  const type = inputs.some((x) => x.type === 'bfloat16') ? 'bfloat16' : 'float32';
  const edges = inputs.map((x) => l.arrange(l.cast(x, type), order).edge);
  const place = l.writer.ints([physicalAxis(order, axis)], []);
  const edge = l.op('ConcatV2', [...edges, place], { N: attr.int(inputs.length), T: attr.type(type), Tidx: INT });
  return [tensorAt(edge, y!, order, type)];
};

export const slice: Rule<'slice'> = (l, { attributes: { axis, start }, outputs: [y] }, [x]) => {
  const { edge, order, type } = x!;
  const begin = l.writer.ints(order.map((a) => (a === axis ? start : 0)));
  const size = l.writer.ints(physical(y!.shape, order));
  return [tensorAt(l.op('Slice', [edge, begin, size], { T: attr.type(type), Index: INT }), y!, order, type)];
};

export const padZero: Rule<'padZero'> = (l, { attributes: { axis, before, after }, outputs: [y] }, [x]) => {
  const { edge, order, type } = x!;
  const paddings = l.writer.ints(
    order.flatMap((a) => (a === axis ? [before, after] : [0, 0])),
    [order.length, 2],
  );
  return [tensorAt(l.op('Pad', [edge, paddings], { T: attr.type(type), Tpaddings: INT }), y!, order, type)];
};

export const reshape: Rule<'reshape'> = (l, { attributes, outputs: [y] }, [x]) => {
  const { edge, type } = l.arrange(x!, plain(x!.shape.length));
  const { shape } = attributes;
  return [tensorAt(l.reshape(edge, type, shape), y!, plain(shape.length), type)];
};

/** Nothing moves: only the axes are counted in another order. */
export const transpose: Rule<'transpose'> = (_, { attributes: { permutation }, outputs: [y] }, [x]) => [
  tensorAt(
    x!.edge,
    y!,
    x!.order.map((axis) => permutation.indexOf(axis)),
    x!.type,
  ),
];

export const matmul: Rule<'matmul'> = (l, { attributes: { transposeA, transposeB }, outputs: [y] }, inputs) => {
  const edges = inputs.map((x) => l.asPlain(x).edge);
  const flags = { transpose_a: attr.flag(transposeA), transpose_b: attr.flag(transposeB) };
  return [tensorAt(l.op('MatMul', edges, { T: attr.type('float32'), ...flags }), y!, plain(2), 'float32')];
};
