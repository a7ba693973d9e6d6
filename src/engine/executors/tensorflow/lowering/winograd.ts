/**
 * 3 × 3 convolutions with fewer multiplications: Winograd's minimal filtering F(m, 3) along the width, after A. Lavin and
 * S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015). m pixels of a row come from m + 2 products for each
 * row of the filter, where the plain sum takes 3 m.
 *
 * Filters and tiles of m + 2 pixels are polynomials that are evaluated at m + 1 points and at infinity; what belongs to one
 * point is an ordinary convolution along the height. So the whole is three calls: a product of every row of the image with a
 * matrix, one convolution with a group of channels for each point, and a product that leads back to pixels. Both gradients are
 * its adjoints.
 */
import type { Shape } from '../../../graph/graph.ts';
import { attr, type Attrs } from '../graph-writer.ts';
import type { Lowering } from './lowering.ts';
import type { Tensor } from './tensor.ts';

/**
 * m + 1 points, and so m: 28, 14 and 7 pixels are whole tiles of 7, and 9 products take the place of 21. Dyadic numbers near
 * those pairs ±p that let rounding grow the least: a convolution's is about eight times that of the plain sum, a whole
 * network's gradients' two to three times (docs/devices.md).
 */
const POINTS = [1 / 4, -1 / 4, 5 / 8, -5 / 8, 9 / 8, -9 / 8, 2, -2];

type Matrix = readonly (readonly number[])[];
const transposed = (matrix: Matrix): Matrix => matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/** Polynomials of `count` coefficients → their values at the points and, as the last row, at infinity. */
export const evaluation = (points: readonly number[], count: number): Matrix => [
  ...points.map((p) => Array.from({ length: count }, (_, power) => p ** power)),
  Array.from({ length: count }, (_, power) => (power === count - 1 ? 1 : 0)),
];

/** A row for each point, then infinity: the coefficients of the polynomial that is 1 there and 0 at the others. */
export function interpolation(points: readonly number[]): Matrix {
  /** Π (x − p), the constant term first, in as many coefficients as there are points and one */
  const product = (roots: readonly number[]): number[] => {
    let coefficients = [1];
    for (const p of roots) coefficients = [...coefficients, 0].map((c, power) => (coefficients[power - 1] ?? 0) - p * c);
    return Array.from({ length: points.length + 1 }, (_, power) => coefficients[power] ?? 0);
  };
  const finite = points.map((p) => {
    const others = points.filter((q) => q !== p);
    const scale = others.reduce((all, q) => all * (p - q), 1);
    return product(others).map((c) => c / scale);
  });
  return [...finite, product(points)];
}

/** Rows of `width` pixels by tiles of m: how many, and the matrices between pixels and a tile's values at the points. */
interface Tiling {
  tiles: number;
  /** values at the points for each tile: points and infinity */
  values: number;
  /** [tiles · values, width]: an image's rows, with a zero before and behind, to values */
  image: Matrix;
  /** [tiles · values, width]: transposed, it makes pixels of the products */
  answer: Matrix;
}
export function tilingOf(width: number, points: readonly number[] = POINTS): Tiling {
  const m = points.length - 1;
  const values = m + 2;
  const tiles = Math.ceil(width / m);
  const ofTile = interpolation(points);
  const ofAnswer = evaluation(points, m);
  const rows = (matrix: Matrix, before: number): Matrix =>
    Array.from({ length: tiles }, (_, tile) =>
      matrix.map((row) => Array.from({ length: width }, (_, x) => row[x - tile * m + before] ?? 0)),
    ).flat();
  return { tiles, values, image: rows(ofTile, 1), answer: rows(ofAnswer, 0) };
}

/** Below these the products with matrices cost more than the convolution saves; measured with oneDNN 3.7. */
const FEWEST_CHANNELS = 64;
const FEWEST_NUMBERS = 2 ** 19;

/**
 * Whether a 3 × 3 convolution at stride 1 and pad 1 by W [co, ci, 3, 3] to Y [B, co, H, W] is faster so: where whole tiles
 * fill a row and there is enough to do. oneDNN's kernels for groups take channels in blocks of 16.
 */
export function paysWinograd([co, ci]: Shape, [batch, , height, width]: Shape): boolean {
  const channels = Math.min(ci!, co!);
  return (
    width! % (POINTS.length - 1) === 0 &&
    ci! % 16 === 0 &&
    co! % 16 === 0 &&
    channels >= FEWEST_CHANNELS &&
    channels * batch! * height! * width! >= FEWEST_NUMBERS
  );
}

const T = { T: attr.type('float32') };

/** B, C, H and W of a tensor in the graph's order */
type Sizes = [batch: number, channels: number, height: number, width: number];
const sizesOf = (x: Shape): Sizes => x as unknown as Sizes;

const matrix = (l: Lowering, m: Matrix): string => l.writer.floats(m.flat(), [m.length, m[0]!.length]);

/** The matrix times each [columns, channels] of a tensor. */
const timesMatrix = (l: Lowering, m: Matrix, edge: string, batch: number, channels: number, after: readonly string[] = []) =>
  l.op('BatchMatMulV2', [matrix(l, m), l.reshape(edge, 'float32', [batch, m[0]!.length, channels])], T, after);

/** Pixels [B, H, W, C] → values at the points, [B, 1, H · tiles, values · C]: a group of channels for each point. */
function toValues(l: Lowering, { edge, shape }: Tensor, tiling: Tiling, m: Matrix, after?: readonly string[]): string {
  const [batch, channels, height] = sizesOf(shape);
  const values = timesMatrix(l, m, edge, batch * height, channels, after);
  return l.reshape(values, 'float32', valuesShape(shape, tiling));
}
/** Its adjoint. */
function toPixels(l: Lowering, edge: string, shape: Shape, m: Matrix): string {
  const [batch, channels, height, width] = sizesOf(shape);
  const pixels = timesMatrix(l, transposed(m), edge, batch * height, channels);
  return l.reshape(pixels, 'float32', [batch, height, width, channels]);
}
function valuesShape(shape: Shape, { tiles, values }: Tiling): Shape {
  const [batch, channels, height] = sizesOf(shape);
  return [batch, 1, height * tiles, values * channels];
}

/** [3, 3, ci, co] → [1, 3, ci, values · co] */
function filterValues(l: Lowering, w: Tensor, { values }: Tiling): string {
  const [co, ci] = w.shape as [number, number];
  return l.once(`${w.edge} at the points`, () => {
    const rows = l.op('Transpose', [w.edge, l.writer.ints([0, 2, 1, 3])], T); // [3, ci, 3, co]
    const taken = timesMatrix(l, evaluation(POINTS, 3), rows, 3 * ci, co); // [3 · ci, values, co]
    return l.reshape(taken, 'float32', [1, 3, ci, values * co]);
  });
}

/**
 * Height and tile are one axis, on which the three rows that a filter sees lie a row of tiles apart: oneDNN's kernels take
 * longer runs of pixels so than on images that are a few tiles wide.
 */
const convolution = ({ tiles }: Tiling): Attrs => ({
  ...T,
  strides: attr.ints([1, 1, 1, 1]),
  dilations: attr.ints([1, 1, tiles, 1]),
  padding: attr.text('SAME'),
  data_format: attr.text('NHWC'),
});

const tilingOfImage = (shape: Shape): Tiling => tilingOf(shape[3]!);

/** X [B, H, W, ci], W [3, 3, ci, co] → Y [B, H, W, co] */
export function winogradConv(l: Lowering, x: Tensor, w: Tensor, y: Shape): string {
  const tiling = tilingOfImage(y);
  const products = l.op('Conv2D', [toValues(l, x, tiling, tiling.image), filterValues(l, w, tiling)], convolution(tiling));
  return toPixels(l, products, y, tiling.answer);
}

/** The gradient by the products; both gradients ask for it. */
const productsGrad = (l: Lowering, dy: Tensor, tiling: Tiling): string =>
  l.once(`${dy.edge} at the points`, () => toValues(l, dy, tiling, tiling.answer));

/** dY [B, H, W, co], W [3, 3, ci, co] → dX [B, H, W, ci] */
export function winogradInputGrad(l: Lowering, dy: Tensor, w: Tensor, x: Shape): string {
  const tiling = tilingOfImage(x);
  const inputs = [l.writer.ints(valuesShape(x, tiling)), filterValues(l, w, tiling), productsGrad(l, dy, tiling)];
  // the filter's gradient first: what it needs can go before this comes
  const filterGrad = l.filterGrads.get(dy.edge);
  const after = filterGrad === undefined ? [] : [filterGrad];
  return toPixels(l, l.op('Conv2DBackpropInput', inputs, convolution(tiling), after), x, tiling.image);
}

/** X [B, H, W, ci], dY [B, H, W, co] → dW [3, 3, ci, co] */
export function winogradFilterGrad(l: Lowering, x: Tensor, dy: Tensor): string {
  const tiling = tilingOfImage(x.shape);
  const [, ci] = sizesOf(x.shape);
  const [, co] = sizesOf(dy.shape);
  const dProducts = productsGrad(l, dy, tiling);
  // taken again, and not before dY is there: kept since the forward pass, it would be more than the image itself
  const values = toValues(l, x, tiling, tiling.image, [dy.edge.replace(/:.*/, '')]);
  const inputs = [values, l.writer.ints([1, 3, ci, tiling.values * co]), dProducts];
  const grad = l.op('Conv2DBackpropFilter', inputs, convolution(tiling));
  l.filterGrads.set(dy.edge, grad);
  const taps = timesMatrix(l, transposed(evaluation(POINTS, 3)), grad, 3 * ci, co); // [3 · ci, 3, co]
  const filter = l.reshape(taps, 'float32', [3, ci, 3, co]);
  return l.op('Transpose', [filter, l.writer.ints([0, 2, 1, 3])], T);
}
