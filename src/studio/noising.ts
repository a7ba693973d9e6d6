import { NOISE_LEVELS } from '#contract/figure.ts';
import type { CallOutput } from '#contract/studio.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import { loadMnist } from '#library/mnist.ts';

/** Of figure 3, the first test digits: 7, 2, 1, 0, 4. */
const DIGITS = 5;

/** x + σε of the first test digits at every noise level, one ε for each digit: digits × levels × 784, unclamped. */
export async function noising(seed: number, digits: number = DIGITS): Promise<CallOutput<'dataset.noising'>> {
  const { images } = await loadMnist('test');
  const noise = normals(new Float32Array(digits * PIXELS), { seed, stream: 'noising', step: 0 });
  const out = new Float32Array(digits * NOISE_LEVELS.length * PIXELS);
  for (let digit = 0; digit < digits; digit++)
    NOISE_LEVELS.forEach((sigma, level) => {
      const at = (digit * NOISE_LEVELS.length + level) * PIXELS;
      for (let p = 0; p < PIXELS; p++) {
        const i = digit * PIXELS + p;
        out[at + p] = images[i]! / 255 + sigma * noise[i]!;
      }
    });
  return { digits, sigmas: Float32Array.from(NOISE_LEVELS), images: out };
}
