import { CLEAN, SIDE, sheetOf, type GreyRange } from '../pixels.ts';

/** What a GIF shows of each moment: what the sampler holds, what the network sees in it, or both side by side. */
export type GifView = 'x' | 'x0' | 'both';

export interface GifShape {
  view: GifView;
  count: number;
  /** pixels of the picture for each pixel of a digit, both ways */
  scale: number;
}

/** Rows of ten, as in the assignment. */
const COLUMNS = 10;
/** Between two sheets, in pixels of a digit. */
const BETWEEN = 4;
/** Pixels of all frames together: a viewer holds and draws them all. */
const MOST_PIXELS = 300e6;
/** How long the last picture stands, in hundredths of a second. */
const REST = 150;

export const sheetColumns = (count: number): number => Math.min(COLUMNS, count);

/** In pixels. */
export function gifSize({ view, count, scale }: GifShape): { width: number; height: number } {
  const columns = sheetColumns(count);
  const across = view === 'both' ? 2 * columns * SIDE + BETWEEN : columns * SIDE;
  return { width: across * scale, height: Math.ceil(count / columns) * SIDE * scale };
}

/** Whether so many frames of a shape make a GIF that can still be made and looked at. */
export function isWithinReach(shape: GifShape, frames: number): boolean {
  const { width, height } = gifSize(shape);
  return width * height * frames <= MOST_PIXELS;
}

/** How long each of so many frames stands, in hundredths of a second, at a rate that divides a hundred. */
export const durations = (frames: number, rate: number): number[] =>
  Array.from({ length: frames }, (_, i) => (i === frames - 1 ? REST : 100 / rate));

/** A moment in greys, one for each pixel of a digit: sheets of digits that touch, white between two of them. `range` is that of x_t. */
export function gifPicture(
  { x, x0 }: { x: Float32Array; x0: Float32Array },
  range: GreyRange,
  { view, count }: Pick<GifShape, 'view' | 'count'>,
): { greys: Uint8Array; width: number; height: number } {
  const { width, height } = gifSize({ view, count, scale: 1 });
  const columns = sheetColumns(count);
  // rounds and clips, as a canvas does
  const greys = new Uint8ClampedArray(width * height).fill(255);
  const draw = (digits: Float32Array, [black, white]: GreyRange, left: number): void => {
    const across = columns * SIDE;
    for (const [i, value] of sheetOf(digits, columns, black).entries())
      greys[Math.floor(i / across) * width + left + (i % across)] = (255 * (value - black)) / (white - black);
  };
  if (view !== 'x0') draw(x, range, 0);
  if (view !== 'x') draw(x0, CLEAN, view === 'both' ? columns * SIDE + BETWEEN : 0);
  return { greys: new Uint8Array(greys.buffer), width, height };
}
