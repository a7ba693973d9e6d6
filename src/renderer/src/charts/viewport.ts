/** The part of the x axis in view, `[from, to]`; undefined is the whole of it. */
export type Range = readonly [from: number, to: number];

/** Nobody can read less than this. */
const LEAST = 4;

/** A range within the whole and no narrower than can be read; undefined when it is the whole. */
export function within([from, to]: Range, whole: number, least = LEAST): Range | undefined {
  const width = Math.min(whole, Math.max(least, to - from));
  if (width >= whole) return undefined;
  const middle = (from + to) / 2;
  const start = Math.min(whole - width, Math.max(0, middle - width / 2));
  return [start, start + width];
}

/** Makes a range narrower (`factor` below 1) or wider, and leaves what is at `at` where it is. */
export function zoomAbout([from, to]: Range, factor: number, at: number, whole: number, least = LEAST): Range | undefined {
  const width = Math.max(least, (to - from) * factor);
  const share = (at - from) / (to - from);
  if (width >= whole) return undefined;
  const start = Math.min(whole - width, Math.max(0, at - share * width));
  return [start, start + width];
}

/** Moves a range, as far as the whole goes. */
export function pan([from, to]: Range, by: number, whole: number): Range {
  const start = Math.min(whole - (to - from), Math.max(0, from + by));
  return [start, start + (to - from)];
}
