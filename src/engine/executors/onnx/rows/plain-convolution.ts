/** Convolution and its adjoints on plain NCHW tensors: for channels that don't fill blocks and processors without them. */
import type { Shape } from '../../../graph/graph.ts';
import type { ConvGeometry } from '../../../graph/ops.ts';
import type { Lowering, OnnxTensor } from '../lowering.ts';
import type { ConvCall } from './blocked-convolution.ts';

const END = 2 ** 31 - 1;

export function plainConv(on: Lowering, { source, w, bias, shape, geometry: { stride, pad } }: ConvCall): OnnxTensor {
  const inputs = [source, w, ...(bias === undefined ? [] : [bias])];
  return on.op('Conv', inputs, shape, { pads: [pad, pad, pad, pad], strides: [stride, stride] });
}

/** At stride 1 a convolution with the kernel turned round, which is faster than ConvTranspose. */
export function plainInputGrad(on: Lowering, { source: dy, w, bias, shape, geometry }: ConvCall): OnnxTensor {
  const { stride, pad } = geometry;
  const [co, ci, kh, kw] = w.shape as [number, number, number, number];
  const biases = bias === undefined ? [] : [bias];
  if (stride === 1 && pad < Math.min(kh, kw)) {
    const both = (value: number) => on.graph.integers([value, value]);
    const turned = on.op('Slice', [w, both(-1), both(-END), on.graph.integers([2, 3]), both(-1)], w.shape);
    const kernel = on.op('Transpose', [turned], [ci, co, kh, kw], { perm: [1, 0, 2, 3] });
    const pads = [kh - 1 - pad, kw - 1 - pad, kh - 1 - pad, kw - 1 - pad];
    return on.op('Conv', [dy, kernel, ...biases], shape, { pads });
  }
  const left = (axis: 2 | 3) => shape[axis]! - ((dy.shape[axis]! - 1) * stride - 2 * pad + w.shape[axis]!);
  return on.op('ConvTranspose', [dy, w, ...biases], shape, {
    pads: [pad, pad, pad, pad],
    strides: [stride, stride],
    output_padding: [left(2), left(3)],
  });
}

/**
 * im2col, one product of matrices for each image, and their sum. im2col is a convolution of each channel by itself with
 * k² kernels that each pick one pixel: unlike slices and their concatenation it runs on all cores.
 */
export function plainFilterGrad(
  on: Lowering,
  x: OnnxTensor,
  dy: OnnxTensor,
  shape: Shape,
  { stride, pad }: ConvGeometry,
): OnnxTensor {
  const [co, ci, kernel] = shape as [number, number, number];
  const [batch, , height, width] = dy.shape as [number, number, number, number];
  const pixels = height * width;
  const columns = ci * kernel * kernel;
  const picked = on.op('Conv', [x, pickers(on, ci, kernel)], [batch, columns, height, width], {
    group: ci,
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
  });
  const products = on.productWithTransposed(on.reshape(dy, [batch, co, pixels]), on.reshape(picked, [batch, columns, pixels]));
  const sum = on.op('ReduceSum', [products, on.graph.integers([0])], [co, columns], { keepdims: 0 });
  return on.view(sum, shape);
}

/** k² one-hot kernels for each of `channels` channels: [channels · k², 1, k, k]. */
function pickers(on: Lowering, channels: number, kernel: number): OnnxTensor {
  const taps = kernel * kernel;
  const identity = on.op('EyeLike', [on.filled(0, [taps, taps])], [taps, taps]);
  const all = [channels, taps, taps];
  return on.view(on.op('Expand', [identity, on.graph.integers(all)], all), [channels * taps, 1, kernel, kernel]);
}
