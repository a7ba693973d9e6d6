import type { LossSeries } from './loss-series.ts';

/**
 * What is on the x axis. Epochs line up runs whose batches differ, images those that see another number of digits too; time
 * is that of training, in seconds.
 */
export type Axis = 'step' | 'epoch' | 'image' | 'time';

/** Where a run's steps lie on the x axis. Both rise, and undo each other. */
export interface Along {
  /** the value of the x axis at a step */
  at: (step: number) => number;
  /** the step at a value, maybe between two */
  stepAt: (value: number) => number;
}

/** What of a run's curve decides it. */
export type Clocked = Pick<LossSeries, 'stepsPerEpoch' | 'batchSize' | 'steps' | 'seconds'>;

export function alongOf(series: Clocked, by: Axis): Along {
  if (by === 'time') return alongTime(series);
  const unit = by === 'epoch' ? series.stepsPerEpoch : by === 'image' ? 1 / series.batchSize : 1;
  return { at: (step) => step / unit, stepAt: (value) => value * unit };
}

/** By the seconds that stand beside each step; behind the last one it goes on at the pace of them all. */
function alongTime({ steps, seconds }: Clocked): Along {
  const n = steps.length;
  const [last, end] = [steps[n - 1] ?? 0, seconds[n - 1] ?? 0];
  const pace = last > 0 && end > 0 ? end / last : 1;
  return {
    at: (step) => (step >= last ? end + (step - last) * pace : between(steps, seconds, step)),
    stepAt: (value) => (value >= end ? last + (value - end) / pace : between(seconds, steps, value)),
  };
}

/** On the line through (0, 0) and the points of two columns that rise, the y at an x that is no more than the last. */
function between(xs: Int32Array | Float32Array, ys: Int32Array | Float32Array, x: number): number {
  if (x <= 0) return 0;
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  const [x0, y0] = low === 0 ? [0, 0] : [xs[low - 1]!, ys[low - 1]!];
  const [x1, y1] = [xs[low]!, ys[low]!];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** Whether every curve says when its steps were. */
export const isTimed = (series: readonly Clocked[]): boolean =>
  series.some(({ steps }) => steps.length > 0) && series.every(({ steps, seconds }) => steps.length === 0 || seconds.at(-1)! > 0);
