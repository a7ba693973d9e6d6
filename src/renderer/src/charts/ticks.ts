import { logTicks } from '#contract/curve.ts';

/** 1, 2 or 5 × 10ⁿ at or below, at or above a value. */
export const niceBelow = (value: number): number => logTicks(value / 10, value * (1 + 1e-9)).at(-1) ?? value;
export const niceAbove = (value: number): number => logTicks(value * (1 - 1e-9), value * 10).at(0) ?? value;

/** Ticks of a log axis: 1-2-5, or whole tens alone where those would crowd. */
export function lossTicks(min: number, max: number): number[] {
  const ticks = logTicks(min, max);
  return ticks.length <= 9 ? ticks : ticks.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-9);
}

/** Round values from `min` to `max`, at most `most` steps apart. */
export function linearTicks(min: number, max: number, most = 6): number[] {
  const step = niceAbove((max - min) / most);
  const ticks: number[] = [];
  // off the rounding error of 0.1 + 0.2
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max * (1 + 1e-9); i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Values on the x axis: whole, round ones at least `gap` pixels apart, and the end of the range. */
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

/** Of the epochs that end between two x values, those whose marks stand at least `gap` pixels apart. */
export function epochEvery(pixelsPerEpoch: number, gap = 26): number {
  return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => n * pixelsPerEpoch >= gap) ?? 1000;
}
