import { clock, loss, speed } from '#contract/words.ts';

export interface Progress {
  epoch: number; // under way, from 1
  epochs: number;
  step: number;
  totalSteps: number;
  loss: number;
  /** absent until it was measured */
  imagesPerSecond?: number;
  secondsLeft?: number;
}

/** What a plain line and the bar's line say alike. */
function readings(p: Progress): string {
  const rate = p.imagesPerSecond === undefined ? [] : [`${speed(p.imagesPerSecond)} img/s`];
  const left = p.secondsLeft === undefined ? [] : [`${clock(p.secondsLeft)} left`];
  return [`epoch ${p.epoch}/${p.epochs}`, `step ${p.step}/${p.totalSteps}`, `loss ${loss(p.loss)}`, ...rate, ...left].join('  ');
}

/** For a log: no bar, no redraw. */
export const plainLine = (p: Progress): string => readings(p);

const WIDEST_BAR = 30;

/** For a terminal of `columns` characters: a bar where there is room, never wider than the line. */
export const barLine = (p: Progress, columns: number): string => bar(p.step / p.totalSteps, readings(p), columns);

/** A bar that is filled to a part of it, and the text, in a line of `columns` characters at most. */
export function bar(part: number, text: string, columns: number): string {
  const room = Math.min(WIDEST_BAR, columns - text.length - 3);
  if (room < 5) return text.slice(0, Math.max(0, columns - 1));
  const filled = Math.round(room * part);
  return `${'█'.repeat(filled)}${'░'.repeat(room - filled)}  ${text}`;
}
