import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodePicture, joinParts } from '#contract/grey-gif.ts';
import { CLEAN, toGrey } from '#contract/grey.ts';
import type { Grid } from '#contract/sampling.ts';
import { narrowed } from './noisy-greys.ts';

/** Pixels of a digit's side, and of the picture for each of them. */
const SIDE = 28;
const PIXELS = SIDE * SIDE;
const ZOOM = 2;
const GAP = 4;
const COLUMNS = 10;
/** How long a frame is shown, the first and the last. In milliseconds. */
const FRAME_MS = 60;
const NOISE_MS = 500;
const IMAGE_MS = 2000;
const NO_WORDS = new Uint8Array();

/** Words below the images, drawn already: rows of greys as wide as the picture. */
export type Strip = Uint8Array;

/** Pixels of the picture's width. */
export const gifWidth = (count: number): number => Math.min(COLUMNS, count) * (SIDE * ZOOM + GAP) + GAP;

/**
 * A grid's way from noise to images as an animated GIF that starts over, the images in rows of ten. x_t's window of greys
 * narrows as t falls, so that the noise doesn't saturate and the images are black and white.
 */
export async function denoisingGif({ plan: { count }, images, frames }: Grid, strip: Strip = NO_WORDS): Promise<Uint8Array> {
  const width = gifWidth(count);
  const rows = Math.ceil(count / COLUMNS) * (SIDE * ZOOM + GAP) + GAP;
  const height = rows + strip.length / width;
  const shown = frames.t.length;
  const parts: Uint8Array[] = [];
  for (let i = 0; i < shown; i++) {
    const isLast = i === shown - 1;
    const bytes = frames.x.subarray(i * count * PIXELS, (i + 1) * count * PIXELS);
    const greys = isLast ? toGrey(images, CLEAN) : narrowed(bytes, frames.t[i]!).map(coarse);
    const picture = new Uint8Array(width * height);
    picture.set(onWhite(greys, count, width, rows));
    picture.set(strip, width * rows);
    const hundredths = (isLast ? IMAGE_MS : i === 0 ? NOISE_MS : FRAME_MS) / 10;
    parts.push(encodePicture({ greys: picture, width, height, scale: 1, hundredths, index: i, count: shown }));
    // a frame takes some milliseconds, and others wait for this process
    await nextTurn();
  }
  return joinParts(parts);
}

/** Noise can't be compressed: fewer greys on the way make a file of half the size, and nobody sees it. */
const coarse = (grey: number): number => grey & 0xf8;

/** Digits in rows of ten on white. */
function onWhite(greys: Uint8ClampedArray, count: number, width: number, height: number): Uint8Array {
  const picture = new Uint8Array(width * height).fill(255);
  const tile = SIDE * ZOOM;
  for (let n = 0; n < count; n++) {
    const left = GAP + (n % COLUMNS) * (tile + GAP);
    const top = GAP + Math.floor(n / COLUMNS) * (tile + GAP);
    for (let y = 0; y < tile; y++)
      for (let x = 0; x < tile; x++)
        picture[(top + y) * width + left + x] = greys[n * PIXELS + Math.floor(y / ZOOM) * SIDE + Math.floor(x / ZOOM)]!;
  }
  return picture;
}
