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

/** im2col by slices, one product of matrices for each image, and their sum. */
export function plainFilterGrad(
  on: Lowering,
  x: OnnxTensor,
  dy: OnnxTensor,
  shape: Shape,
  { stride, pad }: ConvGeometry,
): OnnxTensor {
  const [co, ci, kernel] = shape as [number, number, number];
  const [batch, , height, width] = dy.shape as [number, number, number, number];
  const [xHeight, xWidth] = x.shape.slice(2).map((n) => n + 2 * pad) as [number, number];
  const source =
    pad === 0 ? x : on.op('Pad', [x, on.graph.integers([0, 0, pad, pad, 0, 0, pad, pad])], [batch, ci, xHeight, xWidth]);
  const taps: OnnxTensor[] = [];
  for (let ky = 0; ky < kernel; ky++)
    for (let kx = 0; kx < kernel; kx++) {
      const start = on.graph.integers([ky, kx]);
      const end = on.graph.integers([ky + stride * (height - 1) + 1, kx + stride * (width - 1) + 1]);
      const steps = on.graph.integers([stride, stride]);
      taps.push(on.op('Slice', [source, start, end, on.graph.integers([2, 3]), steps], [batch, ci, height, width]));
    }
  const pixels = height * width;
  const rows = kernel * kernel * ci;
  const columns = on.reshape(on.op('Concat', taps, [batch, rows, height, width], { axis: 1 }), [batch, rows, pixels]);
  const turned = on.op('Transpose', [columns], [batch, pixels, rows], { perm: [0, 2, 1] });
  const products = on.op('MatMul', [on.reshape(dy, [batch, co, pixels]), turned], [batch, co, rows]);
  const sum = on.op('ReduceSum', [products, on.graph.integers([0])], [co, rows], { keepdims: 0 });
  // [co, (ky, kx), ci] → [co, ci, ky, kx]
  const ordered = on.op('Transpose', [on.view(sum, [co, kernel * kernel, ci])], [co, ci, kernel * kernel], { perm: [0, 2, 1] });
  return on.view(ordered, shape);
}
