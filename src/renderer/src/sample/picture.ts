import { CLEAN, SIDE, sheetOf, type GreyRange } from '../pixels.ts';

/** A sheet of digits, each of its pixels `scale` × `scale`, unsmoothed. */
export function sheetCanvas(
  digits: Float32Array,
  columns: number,
  scale: number,
  [black, white]: GreyRange = CLEAN,
): HTMLCanvasElement {
  const sheet = sheetOf(digits, columns, black);
  const width = columns * SIDE;
  const height = sheet.length / width;
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this window can not draw');
  const image = context.createImageData(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; y++)
    for (let x = 0; x < canvas.width; x++) {
      const value = sheet[Math.floor(y / scale) * width + Math.floor(x / scale)]!;
      const at = 4 * (y * canvas.width + x);
      image.data.fill((255 * (value - black)) / (white - black), at, at + 3);
      image.data[at + 3] = 255;
    }
  context.putImageData(image, 0, 0);
  return canvas;
}

export async function pngOf(canvas: HTMLCanvasElement): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob === null) throw new Error('the picture could not be made');
  return new Uint8Array(await blob.arrayBuffer());
}

/** A sheet of digits as a PNG. */
export const sheetPicture = (digits: Float32Array, columns: number, scale: number): Promise<Uint8Array<ArrayBuffer>> =>
  pngOf(sheetCanvas(digits, columns, scale));
