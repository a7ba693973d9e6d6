/** A colour as the screen has it: red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/**
 * How two images differ, as pixels in RGBA: the ground where they are alike, towards `minus` where the first has more
 * ink, towards `plus` where the second has. Both are clipped to [0, 1] first, as they are on screen.
 */
export function differencePixels(
  a: Float32Array,
  b: Float32Array,
  { ground, minus, plus }: { ground: Rgb; minus: Rgb; plus: Rgb },
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * a.length);
  for (let i = 0; i < a.length; i++) {
    const difference = clip(b[i]!) - clip(a[i]!);
    const share = Math.abs(difference);
    const towards = difference > 0 ? plus : minus;
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = ground[c]! + (towards[c]! - ground[c]!) * share;
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}
const clip = (v: number): number => Math.min(1, Math.max(0, v));

/** The mean of how far they are apart, of what is on screen: 0 to 1. */
export function meanDifference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(clip(b[i]!) - clip(a[i]!));
  return sum / a.length;
}
