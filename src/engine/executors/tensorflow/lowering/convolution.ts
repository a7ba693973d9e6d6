/** conv and its two adjoints: images NHWC, filters HWIO, both in the type of images. */
import type { Shape } from '../../../graph/graph.ts';
import type { ConvGeometry } from '../../../graph/ops.ts';
import { attr, type Attrs } from '../graph-writer.ts';
import { tensorAt, type Lowering, type Rule } from './lowering.ts';
import { HWIO, NHWC, physical, type Tensor } from './tensor.ts';
import { paysWinograd, winogradConv, winogradFilterGrad, winogradInputGrad } from './winograd.ts';

/** A convolution as the sum in the graph's convolution rows has it: an image X, a filter W and an image Y. */
interface Sum extends ConvGeometry {
  x: Shape; // [B, ci, H, W]
  w: Shape; // [co, ci, kh, kw]
  y: Shape; // [B, co, H', W']
}

type Padding = { kind: 'SAME' | 'VALID' | 'EXPLICIT' } | { kind: 'padded'; size: number };

/** TensorFlow's name for a padding. SAME with a stride may shift by a pixel: it only stands for `pad` where it doesn't. */
function paddingOf({ x, w, y, stride, pad }: Sum, type: Tensor['type']): Padding {
  const size = x[2]!;
  const kernel = w[2]!;
  if (pad === 0) return { kind: 'VALID' };
  const whole = Math.max(0, (y[2]! - 1) * stride + kernel - size);
  if (y[2] === Math.ceil(size / stride) && Math.floor(whole / 2) === pad) return { kind: 'SAME' };
  // oneDNN has no fast bfloat16 kernel with explicit padding: Pad and VALID take a quarter of its time
  return type === 'bfloat16' ? { kind: 'padded', size: size + 2 * pad } : { kind: 'EXPLICIT' };
}

function attrsOf(sum: Sum, padding: Padding, type: Tensor['type']): Attrs {
  const { stride, pad } = sum;
  return {
    T: attr.type(type),
    strides: attr.ints([1, stride, stride, 1]),
    padding: attr.text(padding.kind === 'padded' ? 'VALID' : padding.kind),
    ...(padding.kind === 'EXPLICIT' ? { explicit_paddings: attr.ints([0, 0, pad, pad, pad, pad, 0, 0]) } : {}),
    data_format: attr.text('NHWC'),
  };
}

/** X with zeros around it, for a VALID convolution. */
function padded(l: Lowering, x: Tensor, pad: number): string {
  return l.once(`${x.edge} padded ${pad}`, () =>
    l.op('Pad', [x.edge, l.writer.ints([0, 0, pad, pad, pad, pad, 0, 0], [4, 2])], { T: attr.type(x.type) }),
  );
}

/** Where Y is one pixel that sees the whole of X, the convolution is a matrix product over [B, H·W·ci]. */
const isProduct = ({ x, w, y, pad }: Sum): boolean => pad === 0 && y[2] === 1 && y[3] === 1 && x[2] === w[2] && x[3] === w[3];

/** Whether it is written in Winograd's way. */
function isWinograd({ options: { images, winograd } }: Lowering, { w, y, stride, pad }: Sum): boolean {
  const fits = images === 'float32' && stride === 1 && pad === 1 && w[2] === 3 && w[3] === 3;
  return fits && (winograd === 'all' || (winograd === 'where it pays' && paysWinograd(w, y)));
}

/** a b, either transposed, of [m, k] and [k, n], reshaped to what an image or filter is. */
function product(
  l: Lowering,
  [a, transposeA]: readonly [string, boolean],
  [b, transposeB]: readonly [string, boolean],
  shape: Shape,
): string {
  const T = { T: attr.type(l.options.images) };
  const edge = l.op('MatMul', [a, b], { ...T, transpose_a: attr.flag(transposeA), transpose_b: attr.flag(transposeB) });
  return l.reshape(edge, l.options.images, shape);
}

export const conv: Rule<'conv'> = (l, { attributes, outputs: [y] }, inputs) => {
  const x = l.asImages(inputs[0]!, NHWC);
  const w = l.asImages(inputs[1]!, HWIO);
  const sum: Sum = { x: x.shape, w: w.shape, y: y!.shape, ...attributes };
  const out = (edge: string) => [tensorAt(edge, y!, NHWC, x.type)];
  if (isProduct(sum)) {
    const [batch, pixels, channels] = sizes(sum);
    // [B, HWci] · [HWci, co]
    const [a, b] = [l.reshape(x.edge, x.type, [batch, pixels]), l.reshape(w.edge, w.type, [pixels, channels])];
    return out(product(l, [a, false], [b, false], physical(y!.shape, NHWC)));
  }
  if (isWinograd(l, sum)) return out(winogradConv(l, x, w, y!.shape));
  const padding = paddingOf(sum, x.type);
  const image = padding.kind === 'padded' ? padded(l, x, sum.pad) : x.edge;
  return out(l.op('Conv2D', [image, w.edge], attrsOf(sum, padding, x.type)));
};

export const convInputGrad: Rule<'convInputGrad'> = (l, { attributes, outputs: [x] }, inputs) => {
  const dy = l.asImages(inputs[0]!, NHWC);
  const w = l.asImages(inputs[1]!, HWIO);
  const sum: Sum = { x: x!.shape, w: w.shape, y: dy.shape, ...attributes };
  const out = (edge: string) => [tensorAt(edge, x!, NHWC, dy.type)];
  if (isProduct(sum)) {
    const [batch, pixels, channels] = sizes(sum);
    // [B, co] · [HWci, co]ᵀ
    const [a, b] = [l.reshape(dy.edge, dy.type, [batch, channels]), l.reshape(w.edge, w.type, [pixels, channels])];
    return out(product(l, [a, false], [b, true], physical(x!.shape, NHWC)));
  }
  if (isWinograd(l, sum)) return out(winogradInputGrad(l, dy, w, x!.shape));
  const padding = paddingOf(sum, dy.type);
  const [batch, height, width, channels] = physical(x!.shape, NHWC) as [number, number, number, number];
  const image = padding.kind === 'padded' ? [batch, padding.size, padding.size, channels] : [batch, height, width, channels];
  const edge = l.op('Conv2DBackpropInput', [l.writer.ints(image), w.edge, dy.edge], attrsOf(sum, padding, dy.type));
  if (padding.kind !== 'padded') return out(edge);
  const begin = l.writer.ints([0, sum.pad, sum.pad, 0]);
  const size = l.writer.ints([batch, height, width, channels]);
  return out(l.op('Slice', [edge, begin, size], { T: attr.type(dy.type), Index: attr.type('int32') }));
};

export const convFilterGrad: Rule<'convFilterGrad'> = (l, { attributes, outputs: [w] }, inputs) => {
  const x = l.asImages(inputs[0]!, NHWC);
  const dy = l.asImages(inputs[1]!, NHWC);
  const sum: Sum = { x: x.shape, w: w!.shape, y: dy.shape, ...attributes };
  const out = (edge: string) => [tensorAt(edge, w!, HWIO, x.type)];
  if (isProduct(sum)) {
    const [batch, pixels, channels] = sizes(sum);
    // [B, HWci]ᵀ · [B, co]
    const [a, b] = [l.reshape(x.edge, x.type, [batch, pixels]), l.reshape(dy.edge, dy.type, [batch, channels])];
    return out(product(l, [a, true], [b, false], physical(w!.shape, HWIO)));
  }
  if (isWinograd(l, sum)) return out(winogradFilterGrad(l, x, dy));
  const padding = paddingOf(sum, x.type);
  const image = padding.kind === 'padded' ? padded(l, x, sum.pad) : x.edge;
  const size = l.writer.ints(physical(w!.shape, HWIO));
  return out(l.op('Conv2DBackpropFilter', [image, size, dy.edge], attrsOf(sum, padding, x.type)));
};

/** B, H · W · ci and co of a convolution that is a matrix product. */
const sizes = ({ x, w }: Sum): [number, number, number] => [x[0]!, x[1]! * x[2]! * x[3]!, w[0]!];
