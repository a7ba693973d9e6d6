import { logTicks } from '#contract/curve.ts';
import { count } from '../format.ts';
import type { Axis } from './along.ts';

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

/** Values on the x axis: round ones at least `gap` pixels and `least` apart, and the end of the range. */
export function stepTicks(range: readonly [number, number], width: number, gap = 90, least = 1): number[] {
  const span = range[1] - range[0];
  const rough = (span * gap) / Math.max(1, width);
  const step = niceAbove(Math.max(rough, least));
  const ticks: number[] = [];
  for (let i = Math.ceil(range[0] / step); i * step <= range[1]; i++) {
    const tick = Number((i * step).toPrecision(12));
    if (((range[1] - tick) / span) * width > gap) ticks.push(tick);
  }
  return [...ticks, range[1]];
}

interface XAxis {
  by: Axis;
  range: readonly [number, number];
}
/** In which unit times up to `to` seconds are read, and how long it is. */
const timeUnit = (to: number): readonly [name: string, seconds: number] =>
  to < 120 ? ['s', 1] : to < 7200 ? ['min', 60] : ['h', 3600];

/** What the numbers on the x axis count. */
export const axisUnit = ({ by, range }: XAxis): string => (by === 'time' ? timeUnit(range[1])[0] : `${by}s`);

/** Ticks of the x axis, the end of the range among them, with their numbers in the axis' unit. */
export function axisTicks({ by, range }: XAxis, width: number): { value: number; text: string }[] {
  if (by !== 'time')
    return stepTicks(range, width).map((value) => ({ value, text: count(Number(value.toFixed(by === 'epoch' ? 2 : 0))) }));
  const [, size] = timeUnit(range[1]);
  const [from, to] = [range[0] / size, range[1] / size];
  // a hundredth of what is seen is told apart
  const places = Math.max(0, Math.ceil(-Math.log10((to - from) / 100)));
  return stepTicks([from, to], width, 90, 0).map((number, i, all) => ({
    value: i === all.length - 1 ? range[1] : number * size,
    text: count(Number(number.toFixed(places))),
  }));
}

/** Of the epochs that end between two x values, those whose marks stand at least `gap` pixels apart. */
export function epochEvery(pixelsPerEpoch: number, gap = 26): number {
  return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => n * pixelsPerEpoch >= gap) ?? 1000;
}
