import { minMaxBand, smoothLosses, thinCurve, logTicks } from '#contract/curve.ts';
import type { MetricColumns } from '#contract/metrics.ts';

export type Scale = 'log' | 'linear';
/** Pixels that a test loss's ring takes up on the step axis. */
const RING = 12;

export interface Point {
  x: number;
  y: number;
}
/** What the chart shows, thinned to its width. */
export interface DrawnCurve {
  low: Point[];
  high: Point[];
  smooth: Point[];
  tests: Point[];
  /** the last smoothed point of all, whether it is in view or not */
  last: Point | undefined;
  y: { min: number; max: number };
}

const points = (x: Float64Array, y: Float32Array): Point[] => Array.from(x, (step, i) => ({ x: step, y: y[i]! }));

/** 1, 2 or 5 × 10ⁿ at or below, at or above a value. */
const niceBelow = (value: number): number => logTicks(value / 10, value * (1 + 1e-9)).at(-1) ?? value;
const niceAbove = (value: number): number => logTicks(value * (1 - 1e-9), value * 10).at(0) ?? value;

/**
 * The y axis. Log: whole ticks around all that is drawn, so that it moves rarely. Linear: from 0, with the first
 * steps, which are far above the rest, cut off. An empty chart shows the losses that a first epoch brings.
 */
function axis(scale: Scale, low: Point[], high: Point[], smooth: Point[], tests: Point[]): { min: number; max: number } {
  const values = [...low, ...high, ...tests].map((p) => p.y).filter((y) => y > 0);
  if (values.length === 0) return scale === 'log' ? { min: 0.005, max: 0.5 } : { min: 0, max: 0.1 };
  if (scale === 'log') {
    let min = Infinity;
    let max = 0;
    for (const y of values) {
      if (y < min) min = y;
      if (y > max) max = y;
    }
    return { min: niceBelow(min), max: niceAbove(max) };
  }
  const settled = smooth.length > 20 ? smooth.slice(Math.ceil(smooth.length * 0.05)) : smooth;
  const top = Math.max(...settled.map((p) => p.y), ...tests.map((p) => p.y));
  return { min: 0, max: niceAbove(top * 1.1) };
}

/**
 * The curve between the steps of `range`, in at most one point for each of `columns` pixels.
 * `smooth` holds the smoothed losses of all steps.
 */
export function drawnCurve(
  curve: MetricColumns,
  smooth: Float32Array,
  scale: Scale,
  columns: number,
  range: readonly [number, number],
): DrawnCurve {
  const band = minMaxBand(curve.steps, curve.losses, columns, range[0], range[1]);
  const line = thinCurve(curve.steps, smooth, columns, range[0], range[1]);
  const low = points(band.x, band.low);
  const high = points(band.x, band.high);
  const drawn = points(line.x, line.y).filter((p) => Number.isFinite(p.y));
  const inView = Array.from(curve.testSteps, (step, i) => ({ x: step, y: curve.testLosses[i]! })).filter(
    (p) => p.x >= range[0] && p.x <= range[1],
  );
  // rings stay apart; the last one is always among them
  const every = Math.ceil((inView.length * RING) / columns);
  const tests = inView.filter((_, i) => (inView.length - 1 - i) % every === 0);
  const count = curve.steps.length;
  const last = count === 0 ? undefined : { x: curve.steps[count - 1]!, y: smooth[count - 1]! };
  return { low, high, smooth: drawn, tests, last, y: axis(scale, low, high, drawn, tests) };
}

/** Smoothed losses of a run whose plan has `total` steps. */
export const smoothCurve = (curve: MetricColumns, total: number): Float32Array => smoothLosses(curve.losses, total);

/** Ticks of the log axis: 1-2-5, or whole tens alone where those would crowd. */
export function lossTicks(min: number, max: number): number[] {
  const ticks = logTicks(min, max);
  return ticks.length <= 9 ? ticks : ticks.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9);
}

/** Steps on the x axis: round ones at least `gap` pixels apart, and the end of the range. */
export function stepTicks(range: readonly [number, number], width: number, gap = 90): number[] {
  const span = range[1] - range[0];
  const rough = (span * gap) / Math.max(1, width);
  const step = Math.max(1, niceAbove(Math.max(rough, 1)));
  const ticks: number[] = [];
  for (let tick = Math.ceil(range[0] / step) * step; tick <= range[1]; tick += step) {
    if (((range[1] - tick) / span) * width > gap) ticks.push(tick);
  }
  return [...ticks, range[1]];
}

/** Index of the point whose step is nearest; -1 without points. */
export function nearest(steps: Int32Array, step: number): number {
  let low = 0;
  let high = steps.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low > 0 && step - steps[low - 1]! < steps[low]! - step ? low - 1 : low;
}
