/**
 * What a loss curve is drawn from, for the window's chart and for figure 4 alike: the smoothed curve,
 * the band of the raw values, and the ticks of a logarithmic axis. All of it works on typed arrays
 * in one pass, so that a hundred thousand steps are drawn within a frame.
 */

/**
 * The centred mean of the log loss; where the window is cut off by an end of the curve, the straight line through
 * it. So it follows a fall without lag, up to the last step. The window is narrower at the start, where the loss
 * falls fast. `total` is the planned number of steps: with it fixed, points that are drawn stay where they are while
 * the run goes on. Values that are not finite are left out; a window without any finite value gives NaN.
 */
export function smoothLosses(losses: Float32Array, total: number): Float32Array {
  const n = losses.length;
  // for every i, the sums over all steps x before it; y is the log loss
  const [ones, xs, xxs, ys, xys] = Array.from({ length: 5 }, () => new Float64Array(n + 1)) as Sums;
  for (let i = 0; i < n; i++) {
    const log = Math.log(losses[i]!);
    const one = Number.isFinite(log) ? 1 : 0;
    const y = one === 1 ? log : 0;
    ones[i + 1] = ones[i]! + one;
    xs[i + 1] = xs[i]! + one * i;
    xxs[i + 1] = xxs[i]! + one * i * i;
    ys[i + 1] = ys[i]! + y;
    xys[i + 1] = xys[i]! + i * y;
  }
  const widest = Math.max(6, Math.floor(total / 70));
  const out = new Float32Array(n);
  for (let i = 0; i < n; i++) {
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
  return out;
}
type Sums = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

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

/**
 * Lowest and highest value in each of at most `columns` groups of neighbouring points between the steps
 * `first` and `last`. A group takes in the first point of the next one, so the band has no gaps and is
 * the area of the raw line where points are sparse. Values that are not finite are left out.
 */
export function minMaxBand(steps: Int32Array, values: Float32Array, columns: number, first: number, last: number): Band {
  const [from, to] = visible(steps, first, last);
  const groups = Math.max(0, Math.min(columns, to - from));
  const band: Band = { x: new Float64Array(groups), low: new Float32Array(groups), high: new Float32Array(groups) };
  let used = 0;
  for (let g = 0; g < groups; g++) {
    const start = from + Math.floor(((to - from) * g) / groups);
    const end = from + Math.floor(((to - from) * (g + 1)) / groups);
    let low = Infinity;
    let high = -Infinity;
    for (let i = start; i <= Math.min(end, to - 1); i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) continue;
    band.x[used] = steps[start]!;
    band.low[used] = low;
    band.high[used] = high;
    used++;
  }
  return { x: band.x.subarray(0, used), low: band.low.subarray(0, used), high: band.high.subarray(0, used) };
}

/** At most `columns` points of a smooth curve between the steps `first` and `last`; the first and the last visible one are kept. */
export function thinCurve(
  steps: Int32Array,
  values: Float32Array,
  columns: number,
  first: number,
  last: number,
): { x: Float64Array; y: Float32Array } {
  const [from, to] = visible(steps, first, last);
  const count = Math.max(0, Math.min(columns, to - from));
  const x = new Float64Array(count);
  const y = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const i = count === 1 ? from : from + Math.round(((to - 1 - from) * k) / (count - 1));
    x[k] = steps[i]!;
    y[k] = values[i]!;
  }
  return { x, y };
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
