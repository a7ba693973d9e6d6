/**
 * How pixels become grey, in windows, files and figures alike: 0 is black and 1 is white. Noisy images get a wider
 * window that follows the noise level alone, never the image, so that images of one level compare.
 */

/** The values that are drawn black and white. */
export type GreyWindow = readonly [black: number, white: number];

/** For clean and denoised images. */
export const CLEAN: GreyWindow = [0, 1];

/** For x + σε: three standard deviations in all, half of them on each side. */
export const noisyWindow = (sigma: number): GreyWindow => [-1.5 * sigma, 1 + 1.5 * sigma];

/** Values as bytes, rounded; what is out of the window is clipped, and what is no number is black. */
export function toGrey(values: Float32Array, [black, white]: GreyWindow): Uint8ClampedArray<ArrayBuffer> {
  const grey = new Uint8ClampedArray(values.length);
  const scale = 255 / (white - black);
  for (let i = 0; i < values.length; i++) grey[i] = (values[i]! - black) * scale;
  return grey;
}
