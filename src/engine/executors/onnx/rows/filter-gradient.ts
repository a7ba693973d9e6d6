/**
 * The weight gradient as one channel-blocked convolution, without an im2col:
 *   dw[o, ky, kx, i] = Σ over n, y, x of X[n, s·y + ky, s·x + kx, i] · dY[n, y, x, o].
 * Read X as an image whose channels are the n of the batch and whose columns are (x, i), channels of the network inside:
 * then dY is a filter over n of H' × W' taps, s rows and s · i columns apart, and the result has k rows and k · i columns.
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
  shape: Shape,
  { stride, pad }: ConvGeometry,
): OnnxTensor | undefined {
  const [co, ci, kernel] = shape as [number, number, number];
  const { block } = on;
  const [height, width] = dyAny.shape.slice(2) as [number, number];
  // padded so that exactly k · k places are left for the filter
  const [spanRows, spanColumns] = [stride * (height - 1) + kernel, stride * (width - 1) + kernel];
  const [below, right] = [spanRows - xAny.shape[2]! - pad, spanColumns - xAny.shape[3]! - pad];
  if (below < 0 || right < 0) return undefined;
  const x = wholeBlocks(on, padded(on, xAny, [pad, pad, below, right]));
  const dy = wholeBlocks(on, on.blocked(dyAny));
  const images = x.shape[0]! / block;
  const parts = rowParts(height, width, Math.min(co, FILTER_BLOCKS * block) * block);
  const groups = images * parts;

  // inside channels lie beside each other a block at a time, or all, where they are less than a block
  const inside = ci % block === 0 ? block : ci;
  const outside = ci / inside;
  const rowSize = spanColumns * inside;
  const image = imageRows(on, inside === block ? on.blocked(x) : channelsLast(on, x), {
    images,
    outside,
    rows: spanRows,
    rowSize,
    parts,
    partRows: stride * (height / parts - 1) + kernel,
    partStep: (stride * height) / parts,
  });
  const filters = on.view(filterOrder(on, dy, images, parts), [groups * co, block, height / parts, width]);
  const sums = on.nchwc('Conv', [image.name, filters.name], [outside, groups * co, kernel, kernel * inside], {
    kernel_shape: [height / parts, width],
    dilations: [stride, stride * inside],
    group: groups,
  });
  const ofGroups = on.view(sums, [outside, groups, co * kernel * kernel * inside]);
  const total = on.op('ReduceSum', [ofGroups, on.graph.integers([1])], [outside, ofGroups.shape[2]!], { keepdims: 0 });
  // [ci outside, co/b, (ky, kx), ci inside, b of co] → [co/b, b of co, ci outside, ci inside, (ky, kx)]
  const sorted = on.view(total, [outside, co / block, kernel * kernel, inside, block]);
  const order = [co / block, block, outside, inside, kernel * kernel];
  return on.view(on.op('Transpose', [sorted], order, { perm: [1, 4, 0, 3, 2] }), shape);
}

interface Rows {
  /** blocks of the batch */
  images: number;
  /** blocks of channels */
  outside: number;
  /** of the padded image, and the numbers in one of them */
  rows: number;
  rowSize: number;
  parts: number;
  /** rows in a part, and from one part's first row to the next one's */
  partRows: number;
  partStep: number;
}

/**
 * Puts the batch inside: x as [n/b, b of n, channels outside, rows, row] → [channels outside, n/b, part, rows of the part,
 * row, b of n], which is the blocked layout of an image whose channels are (n/b, part, b of n).
 */
function imageRows(on: Lowering, x: OnnxTensor, r: Rows): OnnxTensor {
  const { block } = on;
  const byImage = on.view(x, [r.images, block, r.outside * r.rows, r.rowSize]);
  const shape = [r.outside, r.images * r.parts * block, r.partRows, r.rowSize];
  const inner = on.view(on.blocked(byImage), [r.images * r.outside * r.rows, r.rowSize * block]);
  if (r.parts === 1 && (r.images === 1 || r.outside === 1)) return on.view(inner, shape);
  const taken: number[] = [];
  for (let c = 0; c < r.outside; c++)
    for (let n = 0; n < r.images; n++)
      for (let part = 0; part < r.parts; part++)
        for (let row = 0; row < r.partRows; row++) taken.push((n * r.outside + c) * r.rows + part * r.partStep + row);
  const gathered = on.op('Gather', [inner, on.graph.indices(Int32Array.from(taken))], [taken.length, r.rowSize * block], {
    axis: 0,
  });
  return on.view(gathered, shape);
}

/** dy, blocked, in the order of a grouped filter: [n/b, part, co/b, (y, x) of the part, b of n, b of co]. */
function filterOrder(on: Lowering, dy: OnnxTensor, images: number, parts: number): OnnxTensor {
  const { block } = on;
  const [, co, height, width] = dy.shape as [number, number, number, number];
  const outside = co / block;
  const pixels = (height * width) / parts;
  if (parts === 1) {
    const places = on.view(dy, [images, block, outside * pixels, block]);
    return on.op('Transpose', [places], [images, outside * pixels, block, block], { perm: [0, 2, 1, 3] });
  }
  // a transposition of more axes runs on one core; gathering pixels runs on all
  const taken = new Int32Array(images * block * outside * parts * pixels);
  let at = 0;
  for (let n = 0; n < images; n++)
    for (let part = 0; part < parts; part++)
      for (let c = 0; c < outside; c++)
        for (let pixel = 0; pixel < pixels; pixel++)
          for (let inner = 0; inner < block; inner++)
            taken[at++] = (((n * block + inner) * outside + c) * parts + part) * pixels + pixel;
  const places = on.view(dy, [taken.length, block]);
  return on.op('Gather', [places, on.graph.indices(taken)], places.shape, { axis: 0 });
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
