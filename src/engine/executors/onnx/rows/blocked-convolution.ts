/**
 * Convolution and transposed convolution by ONNX Runtime's channel-blocked `Conv` (com.microsoft.nchwc), which its own
 * optimizer only uses where weights are constant. Filters are put into its order inside the graph: they are small.
 * Each function gives undefined where channels or geometry don't fit.
 */
import type { Shape } from '../../../graph/graph.ts';
import type { ConvGeometry } from '../../../graph/ops.ts';
import type { Lowering, OnnxTensor } from '../lowering.ts';

export interface ConvCall {
  /** x or dy */
  source: OnnxTensor;
  /** [co, ci, kh, kw] */
  w: OnnxTensor;
  /** [channels of the output] */
  bias: OnnxTensor | undefined;
  /** of the output */
  shape: Shape;
  geometry: ConvGeometry;
}

/** The source in the order that the blocked Conv takes: blocked, or plain where it has less than a block of channels. */
function sourceName(on: Lowering, x: OnnxTensor): string | undefined {
  const channels = x.shape[1]!;
  if (channels % on.block === 0) return on.blocked(x).name;
  return channels < on.block ? on.plain(x).name : undefined;
}

/**
 * A filter in the order that the blocked Conv takes. `from` says which axis of w [a, b, kh, kw] becomes the output's
 * channels: O/b · I/b · kh · kw · b of I · b of O, and O/b · I · kh · kw · b of O where I is less than a block.
 */
function filter(on: Lowering, w: OnnxTensor, outputAxis: 0 | 1): string {
  const [first, second, kh, kw] = w.shape as [number, number, number, number];
  const { block } = on;
  const [outputs, inputs] = outputAxis === 0 ? [first, second] : [second, first];
  const nominal = [outputs, inputs, kh, kw];
  const split = (n: number) => (n % block === 0 ? [n / block, block] : [1, n]);
  // six axes: first / its block / second / its block / kh / kw
  const axes = on.reshape(w, [...split(first), ...split(second), kh, kw]);
  const permutation = outputAxis === 0 ? [0, 2, 4, 5, 3, 1] : [2, 0, 4, 5, 1, 3];
  // less than a block of inputs: they stand before the kernel's pixels
  if (inputs < block) [permutation[2], permutation[3], permutation[4]] = [permutation[4]!, permutation[2]!, permutation[3]!];
  const order = permutation.map((axis) => axes.shape[axis]!);
  return on.view(on.op('Transpose', [axes], order, { perm: permutation }), nominal).name;
}

export function blockedConv(on: Lowering, { source, w, bias, shape, geometry }: ConvCall): OnnxTensor | undefined {
  if (on.block === 0) return undefined;
  const [co, ci] = w.shape as [number, number];
  const x = sourceName(on, source);
  // the last convolution has one output channel: it is computed as a whole block, which is still faster than plain
  const missing = co < on.block && ci % on.block === 0 ? on.block - co : 0;
  if (x === undefined || (co + missing) % on.block !== 0) return undefined;
  const { stride, pad } = geometry;
  const filters = filter(on, missing === 0 ? w : padFirst(on, w, missing), 0);
  const biases = bias === undefined ? [] : [(missing === 0 ? bias : padFirst(on, bias, missing)).name];
  const y = on.nchwc('Conv', [x, filters, ...biases], [shape[0]!, co + missing, shape[2]!, shape[3]!], {
    kernel_shape: w.shape.slice(2),
    pads: [pad, pad, pad, pad],
    strides: [stride, stride],
  });
  if (missing === 0) return y;
  return { ...on.nchwc('ReorderOutput', [y.name], shape, { channels: co }), layout: 'plain' };
}

/** Zeros after the first axis. */
function padFirst(on: Lowering, x: OnnxTensor, count: number): OnnxTensor {
  const rank = x.shape.length;
  const pads = Array.from({ length: 2 * rank }, (_, i) => (i === rank ? count : 0));
  return on.op('Pad', [x, on.graph.integers(pads)], [x.shape[0]! + count, ...x.shape.slice(1)]);
}

/**
 * dx [B, ci, H, W] from dy [B, co, H', W'] and w [co, ci, k, k]. The pixels of dx at rows ≡ r (mod stride) are an ordinary
 * convolution of dy with the taps t ≡ r + pad of the kernel, back to front: one convolution for each of the stride²
 * phases, no product with a zero, and the phases are laced into one image.
 */
export function blockedInputGrad(on: Lowering, { source: dy, w, bias, shape, geometry }: ConvCall): OnnxTensor | undefined {
  const [batch, ci, height, width] = shape as [number, number, number, number];
  const { stride } = geometry;
  if (!on.fits(shape) || height % stride !== 0 || width % stride !== 0) return undefined;
  const source = sourceName(on, dy);
  const phases = Array.from({ length: stride }, (_, r) => ({
    rows: phaseOf(r, geometry, w.shape[2]!, dy.shape[2]!, height),
    columns: phaseOf(r, geometry, w.shape[3]!, dy.shape[3]!, width),
  }));
  const whole = (p: Phase) => p.taps > 0 && p.before >= 0 && p.after >= 0;
  if (source === undefined || !phases.every(({ rows, columns }) => whole(rows) && whole(columns))) return undefined;

  const convolve = (rows: Phase, columns: Phase): OnnxTensor => {
    const ends = [rows, columns].map(({ last, taps }) => last - taps * stride);
    const taps = on.op(
      'Slice',
      [
        w,
        on.graph.integers([rows.last, columns.last]),
        on.graph.integers(ends.map((end) => (end < 0 ? -BEFORE_START : end))),
        on.graph.integers([2, 3]),
        on.graph.integers([-stride, -stride]),
      ],
      [w.shape[0]!, ci, rows.taps, columns.taps],
    );
    return on.nchwc(
      'Conv',
      [source, filter(on, taps, 1), ...(bias === undefined ? [] : [bias.name])],
      [batch, ci, height / stride, width / stride],
      { kernel_shape: [rows.taps, columns.taps], pads: [rows.before, columns.before, rows.after, columns.after] },
    );
  };
  if (stride === 1) return convolve(phases[0]!.rows, phases[0]!.columns);

  // [B·C/b·h, (phase, w, b)]: rows of one phase hold their columns' phases side by side, pixel by pixel
  const images = (batch * ci) / on.block;
  const lacedRows = phases.map(({ rows }) => {
    const pixels = phases.map(({ columns }) => {
      const phase = convolve(rows, columns);
      return on.view(phase, [(images * height * width) / stride ** 2, on.block]);
    });
    const laced = on.op('Concat', pixels, [(images * height * width) / stride ** 2, on.block * stride], { axis: 1 });
    return on.view(laced, [(images * height) / stride, width * on.block]);
  });
  const laced = on.op('Concat', lacedRows, [(images * height) / stride, width * on.block * stride], { axis: 1 });
  return { ...on.view(laced, shape), layout: 'blocked' };
}

/** An index that means "to before the first" for ONNX's Slice going backwards. */
const BEFORE_START = 2 ** 31 - 1;

interface Phase {
  /** kernel taps of this phase, and the last of them */
  taps: number;
  last: number;
  /** zeros before and after dy */
  before: number;
  after: number;
}

/**
 * dx[stride · j + r] = Σ_q dy[j + q] · w[r + pad − stride · q]: the taps along one axis for phase r, q ascending.
 */
function phaseOf(r: number, { stride, pad }: ConvGeometry, kernel: number, dySize: number, dxSize: number): Phase {
  const first = Math.ceil((r + pad - kernel + 1) / stride);
  const final = Math.floor((r + pad) / stride);
  const taps = final - first + 1;
  return { taps, last: r + pad - stride * first, before: -first, after: dxSize / stride - dySize + final };
}
