import { Buffer } from 'node:buffer';
import { encode } from 'fast-png';
import { toGrey, type GreyWindow } from '#contract/grey.ts';
import { at } from './drawing.ts';

/** Pixels of a digit's side. */
const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Each of a digit's pixels becomes a square of so many, so that no program that scales the image can blur it. */
const ZOOM = 6;

/** The n-th of several digits that lie behind each other. */
export const digitAt = (digits: Float32Array, n: number): Float32Array => digits.subarray(n * PIXELS, (n + 1) * PIXELS);

/** A digit as an image in the drawing; `size` is best a multiple of 28. */
export const digitImage = (values: Float32Array, window: GreyWindow, x: number, y: number, size: number): string =>
  greyImage(toGrey(values, window), x, y, size);

/** The same of a digit that is in grey. */
export function greyImage(greys: Uint8ClampedArray, x: number, y: number, size: number): string {
  const png = encode({ width: SIDE * ZOOM, height: SIDE * ZOOM, data: zoomed(greys), channels: 1, depth: 8 });
  const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  return `<image x="${at(x)}" y="${at(y)}" width="${at(size)}" height="${at(size)}" style="image-rendering:pixelated" href="${href}"/>`;
}

function zoomed(grey: Uint8ClampedArray): Uint8Array {
  const width = SIDE * ZOOM;
  const data = new Uint8Array(width * width);
  for (let y = 0; y < width; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = grey[Math.floor(y / ZOOM) * SIDE + Math.floor(x / ZOOM)]!;
  return data;
}
