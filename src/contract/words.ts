/**
 * Numbers as people read them, in the window, on the command line, in logs and figures alike. Everything that changes while it
 * is looked at has a steady width with tabular figures.
 */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 20, useGrouping: true });

/** 60000 → 60,000 */
export const count = (n: number): string => grouped.format(n);

/** A loss: 0.0097; very small ones keep two figures. What is no number is a dash. */
export function loss(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '—';
  if (value !== 0 && Math.abs(value) < 0.001) return value.toPrecision(2);
  return value.toFixed(Math.abs(value) >= 10 ? 2 : 4);
}

/** Seconds as a clock: 2:58, 1:02:58. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** Seconds in words, no finer than they are known: 40 s, 6 min, 2 h 10 min. */
export function about(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 57.5) return `${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const tens = minutes < 600 ? Math.round(minutes / 10) * 10 : Math.round(minutes / 60) * 60;
  return tens % 60 === 0 ? `${tens / 60} h` : `${Math.floor(tens / 60)} h ${tens % 60} min`;
}

/** Seconds of one step: 305 ms, 2.31 s. */
export const stepTime = (seconds: number): string =>
  seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;

/** Images a second: 842, 7.4. */
export const speed = (perSecond: number): string => (perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond)));

/** Bytes in decimal units: 94.7 MB. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value).toString()} ${units[unit]!}`;
}

/** A share of 1: 97.4 % */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
