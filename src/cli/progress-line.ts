/** A length of time as a person says it, at two units at most: `48 s`, `12 min`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 99.5) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

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
  const speed = p.imagesPerSecond === undefined ? [] : [`${Math.round(p.imagesPerSecond)} img/s`];
  const left = p.secondsLeft === undefined ? [] : [`${duration(p.secondsLeft)} left`];
  return [
    `epoch ${p.epoch}/${p.epochs}`,
    `step ${p.step}/${p.totalSteps}`,
    `loss ${p.loss.toPrecision(4)}`,
    ...speed,
    ...left,
  ].join('  ');
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

/** `274 MB`, in decimal units. */
export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
