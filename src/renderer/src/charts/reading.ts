import { clock, count, loss } from '../format.ts';
import { alongOf, type Axis } from './along.ts';
import { nearest, type Place } from './drawing.ts';
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
    const along = alongOf(s, by);
    const i = nearest(s.steps, along.stepAt(at));
    if (i < 0) return [];
    const step = s.steps[i]!;
    const reading = {
      series: s,
      step,
      raw: loss(s.losses[i]),
      smooth: loss(s.smooth[i]),
      test: testLossAt(s, step),
      x: place.x(along.at(step)),
      y: Math.min(place.bottom, Math.max(place.top, place.y(s.smooth[i]!))),
    };
    // a line that has ended left of here has no value here; a lone one snaps to its end
    const isOver = series.length > 1 && i === s.steps.length - 1 && place.x(at) - reading.x > BEYOND;
    return isOver || along.at(step) < view[0] || along.at(step) > view[1] ? [] : [reading];
  });
}

function testLossAt({ testSteps, testLosses }: LossSeries, step: number): string | undefined {
  const i = testSteps.indexOf(step);
  return i < 0 ? undefined : loss(testLosses[i]);
}

const epochOf = (s: LossSeries, step: number): number => Math.max(1, Math.ceil(step / s.stepsPerEpoch));

/** "Step 1,200, epoch 3" */
export function titleOf({ series, step }: Reading, all: readonly LossSeries[], by: Axis): string {
  const { stepsPerEpoch, batchSize } = series;
  if (by === 'time') return timeInWords(alongOf(series, by).at(step));
  if (by === 'epoch') return `Epoch ${(step / stepsPerEpoch).toFixed(2)}`;
  if (by === 'image') return `Image ${count(step * batchSize)}`;
  const shared = all.every((s) => s.stepsPerEpoch === stepsPerEpoch);
  return shared ? `Step ${count(step)}, epoch ${epochOf(series, step)}` : `Step ${count(step)}`;
}

/** "After 4.2 s", "After 2:58 min", "After 1:02:58 h" */
const timeInWords = (seconds: number): string =>
  `After ${seconds < 60 ? `${seconds.toFixed(1)} s` : `${clock(seconds)} ${Math.round(seconds) < 3600 ? 'min' : 'h'}`}`;

/** The learning rate of a step. */
export function rateOf({ series, step }: Reading): string | undefined {
  const value = series.learningRates[nearest(series.steps, step)];
  return value === undefined ? undefined : String(Number(value.toPrecision(3)));
}

/** What a screen reader says of the crosshair. */
export function spoken(readings: readonly Reading[], isSingle: boolean, by: Axis): string {
  const [first] = readings;
  if (first === undefined) return 'no step yet';
  const { series, step, raw, smooth } = first;
  if (isSingle) return `step ${step}, epoch ${epochOf(series, step)}: loss ${raw}, smoothed ${smooth}`;
  const where = by === 'time' ? timeInWords(alongOf(series, by).at(step)).toLowerCase() : `step ${step}`;
  return `${where}: ${readings.map((reading) => `${reading.series.name} ${reading.smooth}`).join(', ')}`;
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
