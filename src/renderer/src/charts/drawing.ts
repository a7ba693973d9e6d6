import { minMaxBand, thinCurve, type Band } from '#contract/curve.ts';
import type { LossSeries } from './loss-series.ts';
import { alongOf, type Along, type Axis } from './along.ts';
import { niceAbove, niceBelow } from './ticks.ts';
import type { Range } from './viewport.ts';

export type Scale = 'log' | 'linear';

/** Pixels that a test loss's ring takes up on the x axis. */
const RING = 12;

export interface Point {
  x: number;
  y: number;
}

/** A line, thinned to the chart's width. Its x values are steps. */
interface DrawnSeries {
  series: LossSeries;
  /** where its steps lie on the x axis */
  along: Along;
  band: Band | undefined;
  line: { x: Float64Array; y: Float32Array };
  tests: Point[];
  /** the last smoothed point, in view or not */
  last: Point | undefined;
  /** the lowest smoothed point */
  best: Point | undefined;
  /** the end of the epoch whose pictures are shown, where the curve reaches it */
  shown: Point | undefined;
}

/** All that a chart shows, for the screen and for files alike. */
export interface Drawing {
  scale: Scale;
  by: Axis;
  range: Range;
  /** where the plan ends */
  whole: number;
  series: DrawnSeries[];
  /** key of the series that stands out; undefined while all are alike */
  lead: string | undefined;
  y: { min: number; max: number };
  /** x units to an epoch; undefined where overlaid runs differ in it */
  epoch: number | undefined;
}

/** Where the longest plan ends, in units of the x axis. */
export const wholeOf = (series: readonly LossSeries[], by: Axis): number => Math.max(1, ...series.map((s) => endOf(s, by)));

/** Nobody knows how long a plan takes: time ends with the last step, or about where a run that goes on will end. */
function endOf(series: LossSeries, by: Axis): number {
  const along = alongOf(series, by);
  if (by !== 'time') return along.at(series.total);
  if (series.steps.length === 0) return 0;
  const end = along.at(series.live ? series.total : series.steps.at(-1)!);
  if (!series.live) return end;
  // rounded up, so that the axis stays where it is while the guess gets better
  const round = niceAbove(end / 10);
  return Math.ceil(end / round) * round;
}

/** x units to an epoch. */
function epochOf(series: readonly LossSeries[], by: Axis): number | undefined {
  // two epochs may take longer than one another
  if (by === 'time') return undefined;
  const [first, ...others] = series.map((s) => alongOf(s, by).at(s.stepsPerEpoch));
  return first !== undefined && others.every((epoch) => epoch === first) ? first : undefined;
}

/** The last of a series, and the lowest; undefined where there is none. */
export function lastPoint({ steps, smooth }: LossSeries): Point | undefined {
  const n = steps.length;
  return n === 0 ? undefined : { x: steps[n - 1]!, y: smooth[n - 1]! };
}
export const bestPoint = ({ steps, smooth, lowest }: LossSeries): Point | undefined =>
  lowest < 0 ? undefined : { x: steps[lowest]!, y: smooth[lowest]! };

/** What is drawn between the x values of `range`, in about `columns` pixels. */
export function draw(
  series: readonly LossSeries[],
  {
    scale,
    by,
    range: asked,
    columns,
    lead,
  }: { scale: Scale; by: Axis; range: Range | undefined; columns: number; lead?: string | undefined },
): Drawing {
  const whole = wholeOf(series, by);
  const range = asked ?? [0, whole];
  const drawn = series.map((s) => drawSeries(s, alongOf(s, by), columns, range));
  return { scale, by, range, whole, series: drawn, lead, y: axis(scale, drawn), epoch: epochOf(series, by) };
}

function drawSeries(series: LossSeries, along: Along, columns: number, range: Range): DrawnSeries {
  const [first, last] = [along.stepAt(range[0]), along.stepAt(range[1])];
  const inView = Array.from(series.testSteps, (x, i) => ({ x, y: series.testLosses[i]! })).filter(
    ({ x }) => x >= first && x <= last,
  );
  // rings stay apart; the last one is always among them
  const every = Math.max(1, Math.ceil((inView.length * RING) / columns));
  return {
    series,
    along,
    band: series.raw ? minMaxBand(series.steps, series.losses, columns, first, last, series.extremes) : undefined,
    line: thinCurve(series.steps, series.smooth, columns, first, last),
    tests: inView.filter((_, i) => (inView.length - 1 - i) % every === 0),
    last: lastPoint(series),
    best: bestPoint(series),
    shown: shownPoint(series),
  };
}

function shownPoint({ epoch, stepsPerEpoch, steps, smooth }: LossSeries): Point | undefined {
  const step = (epoch ?? 0) * stepsPerEpoch;
  const i = nearest(steps, step);
  return step > 0 && i >= 0 && Math.abs(steps[i]! - step) <= 1 ? { x: steps[i]!, y: smooth[i]! } : undefined;
}

/**
 * The y axis. Log: whole ticks around all that is drawn, so that it moves rarely. Linear: from 0, with the first
 * steps, which are far above the rest, cut off. Of several curves only the smoothed ones count, so that they have the
 * height of the chart to differ in. An empty chart shows the losses that a first epoch brings.
 */
function axis(scale: Scale, all: readonly DrawnSeries[]): { min: number; max: number } {
  let min = Infinity;
  let max = 0;
  const take = (y: number): void => {
    if (!(y > 0 && y < Infinity)) return;
    if (y < min) min = y;
    if (y > max) max = y;
  };
  for (const { band: own, line, tests } of all) {
    const band = all.length > 1 ? undefined : own;
    for (const y of band?.low ?? line.y) take(y);
    for (const y of band?.high ?? line.y) take(y);
    for (const { y } of tests) take(y);
  }
  if (max === 0) return scale === 'log' ? { min: 0.005, max: 0.5 } : { min: 0, max: 0.1 };
  if (scale === 'log') return { min: niceBelow(min), max: niceAbove(max) };
  max = 0;
  for (const { line, tests } of all) {
    for (let i = line.y.length > 20 ? Math.ceil(line.y.length * 0.05) : 0; i < line.y.length; i++) take(line.y[i]!);
    for (const { y } of tests) take(y);
  }
  return { min: 0, max: niceAbove(max * 1.1) };
}

/** From values to places in the plot's area, in pixels. */
export interface Place {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** of a value of the x axis */
  x: (value: number) => number;
  /** of a loss; one that a log axis has no place for is at its foot */
  y: (loss: number) => number;
}

export function placeIn(
  { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
  { range, scale, y: { min, max } }: Pick<Drawing, 'range' | 'scale' | 'y'>,
): Place {
  const perUnit = (right - left) / (range[1] - range[0]);
  const from = scale === 'log' ? Math.log(min) : min;
  const perValue = (bottom - top) / ((scale === 'log' ? Math.log(max) : max) - from);
  return {
    left,
    right,
    top,
    bottom,
    x: (value) => left + (value - range[0]) * perUnit,
    y: (loss) => bottom - ((scale === 'log' ? Math.log(Math.max(loss, min)) : loss) - from) * perValue,
  };
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

/** Where the letters at the ends of lines go, so that they don't cover each other: top to bottom, `apart` pixels apart. */
export function endMarks(drawing: Drawing, place: Place, apart = 12): { x: number; y: number; series: LossSeries }[] {
  const marks = drawing.series
    .flatMap(({ series, along, line }) => {
      const n = line.x.length;
      if (series.mark === undefined || n === 0) return [];
      const x = Math.min(place.right, place.x(along.at(line.x[n - 1]!)));
      const y = place.y(line.y[n - 1]!);
      return Number.isFinite(y) ? [{ x: x + 6, y: Math.min(place.bottom, Math.max(place.top, y)), series }] : [];
    })
    .sort((a, b) => a.y - b.y);
  for (const [i, mark] of marks.entries())
    for (const above of marks.slice(0, i))
      if (Math.abs(above.x - mark.x) < 16 && mark.y - above.y < apart) mark.y = above.y + apart;
  return marks;
}
