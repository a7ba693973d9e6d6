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
/** RGBA of all frames together that is held at a time. */
const MOST_BYTES = 300e6;
/** How long the last picture stands, in hundredths of a second. */
const REST = 150;

export const sheetColumns = (count: number): number => Math.min(COLUMNS, count);

/** In pixels. */
export function gifSize({ view, count, scale }: GifShape): { width: number; height: number } {
  const columns = sheetColumns(count);
  const across = view === 'both' ? 2 * columns * SIDE + BETWEEN : columns * SIDE;
  return { width: across * scale, height: Math.ceil(count / columns) * SIDE * scale };
}

/** Whether so many frames of a shape fit the window's memory while they are made into a GIF. */
export function isWithinReach(shape: GifShape, frames: number): boolean {
  const { width, height } = gifSize(shape);
  return 4 * width * height * frames <= MOST_BYTES;
}

/** How long each of so many frames stands, in hundredths of a second, at a rate that divides a hundred. */
export const durations = (frames: number, rate: number): number[] =>
  Array.from({ length: frames }, (_, i) => (i === frames - 1 ? REST : 100 / rate));

/** A moment as RGBA in greys: sheets of digits that touch, white between two of them. `range` is that of x_t. */
export function gifPicture(
  { x, x0 }: { x: Float32Array; x0: Float32Array },
  range: GreyRange,
  shape: GifShape,
): { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } {
  const { view, count, scale } = shape;
  const { width, height } = gifSize(shape);
  const columns = sheetColumns(count);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const draw = (digits: Float32Array, [black, white]: GreyRange, left: number): void => {
    const sheet = sheetOf(digits, columns, black);
    const across = columns * SIDE;
    for (let row = 0; row < height; row++)
      for (let column = 0; column < across * scale; column++) {
        const value = sheet[Math.floor(row / scale) * across + Math.floor(column / scale)]!;
        const at = 4 * (row * width + left * scale + column);
        data.fill((255 * (value - black)) / (white - black), at, at + 3);
      }
  };
  if (view !== 'x0') draw(x, range, 0);
  if (view !== 'x') draw(x0, CLEAN, view === 'both' ? columns * SIDE + BETWEEN : 0);
  return { data, width, height };
}
