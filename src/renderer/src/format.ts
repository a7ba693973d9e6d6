/** Numbers as people read them. Everything that changes while it is looked at has a steady width with tabular figures. */

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

// made once: making one takes longer than hundreds of uses
const hourMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const hourMinuteSecond = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** 14:32 */
export const timeOfDay = (at: number): string => hourMinute.format(at);
/** 14:32:07 */
export const secondOfDay = (at: number): string => hourMinuteSecond.format(at);

const dayOf = (at: number) => new Date(at).setHours(0, 0, 0, 0);

/** A past moment, as near as it matters: just now, 4 min ago, today 13:40, yesterday 18:02, 16 Nov. */
export function past(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const days = Math.round((dayOf(now) - dayOf(at)) / 86_400_000);
  if (days === 0) return `today ${timeOfDay(at)}`;
  if (days === 1) return `yesterday ${timeOfDay(at)}`;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayMonth : dayMonthYear).format(at);
}

/** What a person typed as a number, or the text itself when it is none: `60,000`, `1e-4`, `0,5`. */
export function parseNumber(text: string): number | string {
  const trimmed = text.trim().replace(/[\s_’']/g, '');
  const plain = /^-?\d{1,3}(,\d{3})+(\.\d*)?$/.test(trimmed) ? trimmed.replaceAll(',', '') : trimmed.replace(',', '.');
  if (plain === '') return text;
  const value = Number(plain);
  return Number.isFinite(value) ? value : text;
}

/** A processor's name without the signs of its makers' lawyers. */
export const processor = (name: string): string => name.replace(/\((R|TM|C)\)/gi, '').replace(/\s+/g, ' ');
