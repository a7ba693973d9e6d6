/**
 * What a loss curve is drawn from, for the window's chart and for figure 4 alike: the smoothed curve,
 * the band of the raw values, and the ticks of a logarithmic axis. All of it works on typed arrays
 * in one pass, so that a hundred thousand steps are drawn within a frame.
 */

import { Extremes, sameUntil } from './extremes.ts';

/**
 * The centred mean of the log loss; where the window is cut off by an end of the curve, the straight line through
 * it. So it follows a fall without lag, up to the last step. The window is narrower at the start, where the loss
 * falls fast. `total` is the planned number of steps: with it fixed, points that are drawn stay where they are while
 * the run goes on. Values that are not finite are left out; a window without any finite value gives NaN.
 */
export const smoothLosses = (losses: Float32Array, total: number): Float32Array => createSmoothing(total)(losses);

/** How far back from a new step smoothed values change, in steps. */
export const smoothingReach = (total: number): number => Math.max(6, Math.floor(total / 70));

/**
 * smoothLosses for a curve that grows: each call gets the whole curve, and computes only what has changed since the
 * call before. A hundred points more on a hundred thousand take a tenth of a millisecond. What a call returns is a view
 * of memory that the next call writes to; of what it was given nothing may be written over later.
 */
export function createSmoothing(total: number): (losses: Float32Array) => Float32Array {
  const widest = smoothingReach(total);
  let seen: Float32Array = new Float32Array(0);
  let out = new Float32Array(0);
  // for every i, the sums over all steps x before it; y is the log loss
  let sums = Array.from({ length: 5 }, () => new Float64Array(1)) as Sums;

  function grow(length: number): void {
    if (length <= out.length) return;
    const capacity = Math.max(length, 2 * out.length, 1024);
    out = larger(out, new Float32Array(capacity));
    sums = sums.map((sum) => larger(sum, new Float64Array(capacity + 1))) as Sums;
  }

  return (losses) => {
    const before = seen.length;
    const n = losses.length;
    const same = sameUntil(seen, losses);
    seen = losses;
    if (same === n && n === before) return out.subarray(0, n);
    grow(n);
    const [ones, xs, xxs, ys, xys] = sums;
    for (let i = same; i < n; i++) {
      const log = Math.log(losses[i]!);
      const one = Number.isFinite(log) ? 1 : 0;
      const y = one === 1 ? log : 0;
      ones[i + 1] = ones[i]! + one;
      xs[i + 1] = xs[i]! + one * i;
      xxs[i + 1] = xxs[i]! + one * i * i;
      ys[i + 1] = ys[i]! + y;
      xys[i + 1] = xys[i]! + i * y;
    }
    // windows that reached past the last value that has stayed
    for (let i = Math.max(0, same - widest); i < n; i++) {
      const half = Math.min(widest, 1 + (i >> 2));
      const from = Math.max(0, i - half);
      const to = Math.min(n, i + half + 1);
      const count = ones[to]! - ones[from]!;
      const x = xs[to]! - xs[from]!;
      const y = ys[to]! - ys[from]!;
      const spread = xxs[to]! - xxs[from]! - (x * x) / count;
      const slope = spread > 0.25 ? (xys[to]! - xys[from]! - (x * y) / count) / spread : 0;
      out[i] = Math.exp((y + slope * (count * i - x)) / count);
    }
    return out.subarray(0, n);
  };
}
type Sums = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

function larger<T extends Float32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

export interface Band {
  x: Float64Array;
  low: Float32Array;
  high: Float32Array;
}

/** First index whose step is at least `step`; steps ascend. */
function firstAtLeast(steps: Int32Array, step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Indices [from, to) that are visible between two steps, with one neighbour on each side so that lines run to the edge. */
function visible(steps: Int32Array, first: number, last: number): [number, number] {
  return [Math.max(0, firstAtLeast(steps, first) - 1), Math.min(steps.length, firstAtLeast(steps, last) + 1)];
}

/** Steps to a group, so that there are about `columns` groups between two steps. */
const groupWidth = (columns: number, first: number, last: number): number =>
  Math.max(1, Math.ceil((last - first) / Math.max(1, columns)));

/** First index from `i` on whose step is at least `step`, or `to`: at once where no step is missing between. */
function nextAtLeast(steps: Int32Array, step: number, i: number, to: number): number {
  let high = Math.min(to, i + step - steps[i]!);
  if (steps[high - 1]! < step) return high;
  let low = i;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Lowest and highest value in each of about `columns` groups of neighbouring points between the steps `first` and
 * `last`. Groups begin at multiples of their width, so that they stay what they are while the curve grows or is moved
 * along; there may be three more of them than asked for. A group takes in the first point of the next one, so the band
 * has no gaps and is the area of the raw line where points are sparse. Values that are not finite are left out.
 * With the `extremes` of the values at hand it takes as long for a hundred thousand points as for a thousand.
 */
export function minMaxBand(
  steps: Int32Array,
  values: Float32Array,
  columns: number,
  first: number,
  last: number,
  extremes?: Extremes,
): Band {
  if (extremes === undefined) {
    extremes = new Extremes();
    extremes.update(values, 0);
  }
  const [from, to] = visible(steps, first, last);
  const width = groupWidth(columns, first, last);
  const most = Math.max(0, Math.min(columns + 3, to - from));
  const band: Band = { x: new Float64Array(most), low: new Float32Array(most), high: new Float32Array(most) };
  let used = 0;
  for (let i = from; i < to;) {
    const start = steps[i]!;
    const next = nextAtLeast(steps, (Math.floor(start / width) + 1) * width, i, to);
    extremes.look(i, Math.min(to, next + 1));
    i = next;
    if (extremes.low > extremes.high) continue;
    band.x[used] = start;
    band.low[used] = extremes.low;
    band.high[used] = extremes.high;
    used++;
  }
  return { x: band.x.subarray(0, used), low: band.low.subarray(0, used), high: band.high.subarray(0, used) };
}

/**
 * About `columns` points of a smooth curve between the steps `first` and `last`, at multiples of their distance, so
 * that they stay where they are while the curve grows; at most three more. The first and the last visible one are kept.
 */
export function thinCurve(
  steps: Int32Array,
  values: Float32Array,
  columns: number,
  first: number,
  last: number,
): { x: Float64Array; y: Float32Array } {
  const [from, to] = visible(steps, first, last);
  const width = groupWidth(columns, first, last);
  const most = Math.max(0, Math.min(columns + 4, to - from));
  const x = new Float64Array(most);
  const y = new Float32Array(most);
  let used = 0;
  for (let i = from; i < to;) {
    x[used] = steps[i]!;
    y[used] = values[i]!;
    used++;
    if (i === to - 1) break;
    i = Math.min(to - 1, nextAtLeast(steps, (Math.floor(steps[i]! / width) + 1) * width, i, to));
  }
  return { x: x.subarray(0, used), y: y.subarray(0, used) };
}

/** The ticks 1, 2, 5 × 10ⁿ within [low, high], both above 0. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const digit of [1, 2, 5]) {
      // by way of the decimal text, so that 0.2 is 0.2 and not 0.2 plus a rounding error
      const tick = Number(`${digit}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
