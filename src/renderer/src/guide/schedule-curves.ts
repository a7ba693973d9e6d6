import type { ScheduleTable } from './schedule.ts';

/** A plot's place in its drawing, in CSS pixels. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
export type Quantity = 'alphaBar' | 'snr';

/** Both schedules of any length fit: beyond these there is no digit to see, or no noise. */
const SNR_DECADES = { low: -4, high: 4 };

/** Where a value stands, from 0 at the foot of the plot to 1 at its top: ᾱ as it is, the signal-to-noise ratio in decades. */
export function heightOf(quantity: Quantity, value: number): number {
  if (quantity === 'alphaBar') return value;
  const decade = value <= 0 ? SNR_DECADES.low : Math.min(SNR_DECADES.high, Math.max(SNR_DECADES.low, Math.log10(value)));
  return (decade - SNR_DECADES.low) / (SNR_DECADES.high - SNR_DECADES.low);
}

/** Marks of the upright axis with their words. */
export const marksOf = (quantity: Quantity): { value: number; label: string }[] =>
  quantity === 'alphaBar'
    ? [0, 0.5, 1].map((value) => ({ value, label: String(value) }))
    : [-4, -2, 0, 2, 4].map((decade) => ({ value: 10 ** decade, label: decade === 0 ? '1' : `10${superscript(decade)}` }));

const superscript = (n: number): string => `${n < 0 ? '⁻' : ''}${'⁰¹²³⁴⁵⁶⁷⁸⁹'[Math.abs(n)]!}`;

export const xOf = (plot: Plot, t: number, timesteps: number): number => plot.left + ((plot.right - plot.left) * t) / timesteps;
export const yOf = (plot: Plot, quantity: Quantity, value: number): number =>
  plot.bottom - (plot.bottom - plot.top) * heightOf(quantity, value);

/** The t under a point of the plot. */
export const timestepAt = (plot: Plot, x: number, timesteps: number): number =>
  Math.min(timesteps, Math.max(0, Math.round(((x - plot.left) / (plot.right - plot.left)) * timesteps)));

/** A curve over t = 0 … T as an SVG path, with no more points than the plot has pixels. */
export function curvePath(plot: Plot, quantity: Quantity, table: ScheduleTable): string {
  const values = table[quantity];
  const last = values.length - 1;
  const points = Math.max(1, Math.min(last, Math.ceil(plot.right - plot.left)));
  let path = '';
  for (let i = 0; i <= points; i++) {
    const t = Math.round((i * last) / points);
    path += `${i === 0 ? 'M' : 'L'}${xOf(plot, t, last).toFixed(1)},${yOf(plot, quantity, values[t]!).toFixed(1)}`;
  }
  return path;
}
