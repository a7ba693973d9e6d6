/**
 * The weight gradient as one channel-blocked convolution, without an im2col:
 *   dw[o, ky, kx, i] = Σ over n, y, x of X[n, s·y + ky, s·x + kx, i] · dY[n, y, x, o].
 * Read X as an image whose channels are the n of the batch and whose columns are (x, i), channels of the network inside:
 * then dY is a filter over n of H' × W' taps, s rows and s · ci columns apart, and the result has k rows and k · ci columns.
 * The batch is taken a block at a time, as groups, and each group's image a few rows at a time, so that a group's filter
 * stays in a core's cache and there is work for many cores; the groups' results are added up.
 */
import type { Shape } from '../../../graph/graph.ts';
import type { ConvGeometry } from '../../../graph/ops.ts';
import type { Lowering, OnnxTensor } from '../lowering.ts';

/** Bytes of a group's filter that a core's second-level cache holds beside the image. */
const FILTER_CACHE = 2 ** 20;
/** Output channels that ONNX Runtime takes at a time, in blocks. */
const FILTER_BLOCKS = 4;

/** dw [co, ci, k, k]; undefined where channels or geometry don't fit. */
export function blockedFilterGrad(
  on: Lowering,
  x: OnnxTensor,
  dy: OnnxTensor,
  shape: Shape,
  geometry: ConvGeometry,
): OnnxTensor | undefined {
  const [co, ci, kernel] = shape as [number, number, number];
  if (on.fits(dy.shape)) return byOutputs(on, x, dy, shape, geometry);
  // few output channels and many inputs (the last layer): the same sum with the two images' roles exchanged
  if (!on.fits(x.shape) || geometry.stride !== 1 || geometry.pad >= kernel) return undefined;
  const mirrored = byOutputs(on, dy, x, [ci, co, kernel, kernel], { stride: 1, pad: kernel - 1 - geometry.pad });
  if (mirrored === undefined) return undefined;
  const every = (value: number) => on.graph.integers([value, value]);
  const start = on.graph.integers([-1, -1]);
  const turned = on.op('Slice', [mirrored, start, every(-(2 ** 31 - 1)), on.graph.integers([2, 3]), start], mirrored.shape);
  return on.op('Transpose', [turned], shape, { perm: [1, 0, 2, 3] });
}

function byOutputs(
  on: Lowering,
  xAny: OnnxTensor,
  dyAny: OnnxTensor,
  [co, ci, kernel]: Shape,
  { stride, pad }: ConvGeometry,
): OnnxTensor | undefined {
  const { block } = on;
  const [height, width] = dyAny.shape.slice(2) as [number, number];
  // padded so that exactly k · k places are left for the filter
  const span = [stride * (height - 1) + kernel!, stride * (width - 1) + kernel!] as const;
  const after = [span[0] - xAny.shape[2]! - pad, span[1] - xAny.shape[3]! - pad] as const;
  if (after[0] < 0 || after[1] < 0) return undefined;
  const x = wholeBlocks(on, padded(on, xAny, [pad, pad, ...after]));
  const dy = wholeBlocks(on, on.blocked(dyAny));
  const blocks = x.shape[0]! / block;

  const parts = rowParts(height, width, Math.min(co!, FILTER_BLOCKS * block) * block);
  const rows = height / parts;
  const partRows = stride * (rows - 1) + kernel!;
  const columns = span[1] * ci!;

  // [n/b, y, (x, i), b of n]
  const pixels = on.view(channelsLast(on, x), [blocks, block, span[0], columns]);
  let image = on.view(on.blocked(pixels), [blocks, span[0], columns * block]);
  if (parts > 1) {
    const taken = Array.from({ length: parts * partRows }, (_, i) => Math.floor(i / partRows) * rows * stride + (i % partRows));
    image = on.op('Gather', [image, on.graph.integers(taken)], [blocks, taken.length, columns * block], { axis: 1 });
  }
  image = on.view(image, [1, blocks * parts * block, partRows, columns]);

  // [n/b, part, o/b, (y, x) of the part, b of n, b of o]
  const places = on.view(dy, [blocks, block, co! / block, parts, rows * width, block]);
  const permutation = [0, 3, 2, 4, 1, 5];
  const ordered = on.op(
    'Transpose',
    [places],
    permutation.map((axis) => places.shape[axis]!),
    { perm: permutation },
  );
  const groups = blocks * parts;
  const filters = on.view(ordered, [groups * co!, block, rows, width]);

  const sums = on.nchwc('Conv', [image.name, filters.name], [1, groups * co!, kernel!, kernel! * ci!], {
    kernel_shape: [rows, width],
    dilations: [stride, stride * ci!],
    group: groups,
  });
  // [group, o/b, (ky, kx, i), b of o] → [o/b, b of o, i, ky, kx]
  const ofGroups = on.view(sums, [groups, co! * kernel! * kernel! * ci!]);
  const total = on.op('ReduceSum', [ofGroups, on.graph.integers([0])], [ofGroups.shape[1]!], { keepdims: 0 });
  const sorted = on.view(total, [co! / block, kernel! * kernel!, ci!, block]);
  const dw = on.op('Transpose', [sorted], [co! / block, block, ci!, kernel! * kernel!], { perm: [0, 3, 2, 1] });
  return on.view(dw, [co!, ci!, kernel!, kernel!]);
}

/** In how many parts of whole rows the filter of `channels` · height · width numbers is taken. */
function rowParts(height: number, width: number, channels: number): number {
  for (let parts = 1; parts < height; parts++)
    if (height % parts === 0 && (channels * height * width * Float32Array.BYTES_PER_ELEMENT) / parts <= FILTER_CACHE)
      return parts;
  return height;
}

/** Zeros around the image: [top, left, bottom, right]. */
function padded(on: Lowering, x: OnnxTensor, pads: readonly [number, number, number, number]): OnnxTensor {
  if (pads.every((n) => n === 0)) return x;
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const shape = [batch, channels, height + pads[0] + pads[2], width + pads[1] + pads[3]];
  if (!on.fits(x.shape)) return on.op('Pad', [x, on.graph.integers([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]])], shape);
  // a 1 × 1 convolution of each channel by itself writes the border as it copies, on all cores
  const one = on.filled(1, [channels, 1, 1, 1]).name;
  return on.nchwc('Conv', [on.blocked(x).name, one], shape, { group: channels, pads });
}

/** [B, C, H, W] in any layout → [B, H, W, C] */
function channelsLast(on: Lowering, x: OnnxTensor): OnnxTensor {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const shape = [batch, height, width, channels];
  if (channels === 1) return on.reshape(x, shape);
  if (x.layout === 'plain') return on.op('Transpose', [x], shape, { perm: [0, 2, 3, 1] });
  return { ...on.nchwc('ReorderOutput', [x.name], shape, { channels, channels_last: 1 }), layout: 'plain' };
}

/** Images of zeros after the batch, so that it is a whole number of blocks; they add nothing to the sum. */
function wholeBlocks(on: Lowering, x: OnnxTensor): OnnxTensor {
  const missing = -x.shape[0]! & (on.block - 1);
  if (missing === 0) return x;
  const zeros = on.filled(0, [missing, ...x.shape.slice(1)]).name;
  const name = on.graph.node('Concat', [x.name, zeros], { axis: 0 })[0]!;
  return { ...x, name, shape: [x.shape[0]! + missing, ...x.shape.slice(1)] };
}
