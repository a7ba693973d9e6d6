import { decorativeNoise, PIXELS, SIDE } from '../pixels.ts';

/** The sign of the house: a nought that is still half noise. */
function makeBrandDigit(): Float32Array {
  const noise = decorativeNoise(60);
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const x = ((i % SIDE) - 13.5) / 6.2;
    const y = (Math.floor(i / SIDE) - 13.5) / 9.2;
    const ring = Math.max(0, 1 - Math.abs(Math.hypot(x + 0.25 * y, y) - 1) * 2.6);
    return 1.15 * ring + 0.3 * noise[i]!;
  });
}
export const brandDigit = makeBrandDigit();
