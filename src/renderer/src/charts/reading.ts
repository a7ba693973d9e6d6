import { count, loss } from '../format.ts';
import { nearest, unitOf, type Axis, type Place } from './drawing.ts';
import type { LossSeries } from './loss-series.ts';
import type { Range } from './viewport.ts';

/** A line's values at the step that the crosshair stands on, in words, and where that is in the plot. */
export interface Reading {
  series: LossSeries;
  step: number;
  raw: string;
  smooth: string;
  test: string | undefined;
  x: number;
  y: number;
}

/** Pixels that a line may have ended left of the crosshair. */
const BEYOND = 3;

/** What each line has at `at`, in units of the x axis: the crosshair snaps to steps. */
export function readingsAt(
  series: readonly LossSeries[],
  at: number | undefined,
  { by, view, place }: { by: Axis; view: Range; place: Place },
): Reading[] {
  if (at === undefined || at < view[0] || at > view[1]) return [];
  return series.flatMap((s) => {
    const unit = unitOf(s, by);
    const i = nearest(s.steps, at * unit);
    if (i < 0) return [];
    const step = s.steps[i]!;
    const reading = {
      series: s,
      step,
      raw: loss(s.losses[i]),
      smooth: loss(s.smooth[i]),
      test: testLossAt(s, step),
      x: place.x(step / unit),
      y: Math.min(place.bottom, Math.max(place.top, place.y(s.smooth[i]!))),
    };
    // a line that has ended left of here has no value here; a lone one snaps to its end
    const isOver = series.length > 1 && i === s.steps.length - 1 && place.x(at) - reading.x > BEYOND;
    return isOver || step / unit < view[0] || step / unit > view[1] ? [] : [reading];
  });
}

function testLossAt({ testSteps, testLosses }: LossSeries, step: number): string | undefined {
  const i = testSteps.indexOf(step);
  return i < 0 ? undefined : loss(testLosses[i]);
}

const epochOf = (s: LossSeries, step: number): number => Math.max(1, Math.ceil(step / s.stepsPerEpoch));

/** "Step 1,200, epoch 3" */
export function titleOf(
  { series: { stepsPerEpoch, batchSize }, series, step }: Reading,
  all: readonly LossSeries[],
  by: Axis,
): string {
  if (by === 'epoch') return `Epoch ${(step / stepsPerEpoch).toFixed(2)}`;
  if (by === 'image') return `Image ${count(step * batchSize)}`;
  const shared = all.every((s) => s.stepsPerEpoch === stepsPerEpoch);
  return shared ? `Step ${count(step)}, epoch ${epochOf(series, step)}` : `Step ${count(step)}`;
}

/** The learning rate of a step. */
export function rateOf({ series, step }: Reading): string | undefined {
  const value = series.learningRates[nearest(series.steps, step)];
  return value === undefined ? undefined : String(Number(value.toPrecision(3)));
}

/** What a screen reader says of the crosshair. */
export function spoken(readings: readonly Reading[], isSingle: boolean): string {
  const [first] = readings;
  if (first === undefined) return 'no step yet';
  const { series, step, raw, smooth } = first;
  if (isSingle) return `step ${step}, epoch ${epochOf(series, step)}: loss ${raw}, smoothed ${smooth}`;
  return `step ${step}: ${readings.map((reading) => `${reading.series.name} ${reading.smooth}`).join(', ')}`;
}

/** Pixels from a line at which the pointer still means it. */
const NEAR = 14;

/** Key of the line that a pointer at height `y` means, of several. */
export function lineNear(readings: readonly Reading[], y: number): string | undefined {
  const [line] = readings
    .map((reading) => ({ key: reading.series.key, away: Math.abs(reading.y - y) }))
    .sort((a, b) => a.away - b.away);
  return line !== undefined && line.away <= NEAR ? line.key : undefined;
}
