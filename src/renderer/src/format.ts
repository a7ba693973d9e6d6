/** Words of the window alone, beside those that the command line and figures use too. */
export { about, bytes, clock, count, loss, percent, speed, stepTime } from '#contract/words.ts';

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
