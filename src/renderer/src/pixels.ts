/** Digits on screen: pixels are data, black is 0 and white is 1 in both themes, and no pixel is ever blurred. */

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** The values that are shown as black and as white. */
export type GreyRange = readonly [black: number, white: number];
export const CLEAN: GreyRange = [0, 1];

/** The range of a noisy image; it follows the noise level, never the image, so that pictures compare. */
export const noisyRange = (sigma: number): GreyRange => [-1.5 * sigma, 1 + 1.5 * sigma];

/** The nearest scale, in CSS pixels for each pixel of a digit, at which that pixel is a whole number of device pixels. */
export const wholeScale = (scale: number, pixelRatio: number): number => Math.max(1, Math.round(scale * pixelRatio)) / pixelRatio;

/** The largest such scale at which `tiles` digits with `gap` between them fit a width; about `least` to `most`. */
export function fittingScale(width: number, tiles: number, gap: number, least: number, most: number, pixelRatio: number): number {
  const devicePixels = Math.floor(((width - (tiles - 1) * gap) * pixelRatio) / (SIDE * tiles));
  return Math.min(wholeScale(most, pixelRatio), Math.max(wholeScale(least, pixelRatio), devicePixels / pixelRatio));
}

/** How many digits of a scale fit a width. */
export const fittingTiles = (width: number, scale: number, gap: number): number =>
  Math.max(1, Math.floor((width + gap) / (SIDE * scale + gap)));

/** The n-th digit of an array of digits. */
export const digitAt = (digits: Float32Array, n: number): Float32Array => digits.subarray(n * PIXELS, (n + 1) * PIXELS);

/** Many digits as one image, row by row, touching; what is left of the last row is `blank`. */
export function sheetOf(digits: Float32Array, columns: number, blank: number): Float32Array {
  const count = digits.length / PIXELS;
  const width = columns * SIDE;
  const sheet = new Float32Array(width * Math.ceil(count / columns) * SIDE).fill(blank);
  for (let n = 0; n < count; n++) {
    const [left, top] = [(n % columns) * SIDE, Math.floor(n / columns) * SIDE];
    for (let y = 0; y < SIDE; y++) {
      const from = n * PIXELS + y * SIDE;
      sheet.set(digits.subarray(from, from + SIDE), (top + y) * width + left);
    }
  }
  return sheet;
}

/** A digit at `side` pixels a side, each the mean of those it stands for; `side` divides 28. */
export function averaged(digit: Float32Array, side: number): Float32Array {
  const each = SIDE / side;
  const out = new Float32Array(side * side);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) out[Math.floor(y / each) * side + Math.floor(x / each)]! += digit[y * SIDE + x]! / each ** 2;
  return out;
}

/** Paints values as grey, clipped to the range; the canvas gets one pixel for each. */
export function paint(canvas: HTMLCanvasElement, values: Float32Array, columns: number, [black, white]: GreyRange): void {
  const rows = values.length / columns;
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < values.length; i++) {
    // Uint8ClampedArray rounds and clips
    const grey = (255 * (values[i]! - black)) / (white - black);
    image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = grey;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/**
 * Noise to look at, where nothing has been computed yet: a run before its first sample, the brand. Decoration
 * alone; the noise of results comes from the studio.
 */
export function decorativeNoise(seed: number): Float32Array {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
  // the sum of four uniforms is near enough to a bell
  return Float32Array.from({ length: PIXELS }, () => (uniform() + uniform() + uniform() + uniform() - 2) * 1.73);
}
