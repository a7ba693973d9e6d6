/** What the benchmarks print and how they sum rounds up. */
import type { Measurement } from './child.ts';

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
/** In milliseconds, over all rounds. */
export const medianOf = (rounds: readonly Measurement[]): number => median(rounds.flatMap((r) => r.milliseconds));

/** A line of the table. */
export const row = (texts: readonly string[]): string =>
  texts
    .map((text, i) => (i === 0 ? text.padEnd(24) : text.padStart(12)))
    .join('')
    .trimEnd();
