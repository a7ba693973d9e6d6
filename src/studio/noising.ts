import { NOISE_LEVELS } from '#contract/figure.ts';
import type { CallOutput } from '#contract/studio.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import { loadMnist } from '#library/mnist.ts';

/** Of figure 3, the first test digits: 7, 2, 1, 0, 4. */
const DIGITS = 5;
const CLASSES = 10;

/**
 * x + σε of test digits at every noise level, one ε for each digit: digits × levels × 784, unclamped. They are the first
 * five, or the first `ofEach` of every class, class by class.
 */
export async function noising(seed: number, ofEach?: number): Promise<CallOutput<'dataset.noising'>> {
  const { images, labels } = await loadMnist('test');
  const chosen = ofEach === undefined ? Array.from({ length: DIGITS }, (_, i) => i) : firstOfEach(labels, ofEach);
  const noise = normals(new Float32Array(chosen.length * PIXELS), { seed, stream: 'noising', step: 0 });
  const out = new Float32Array(chosen.length * NOISE_LEVELS.length * PIXELS);
  for (const [digit, index] of chosen.entries())
    NOISE_LEVELS.forEach((sigma, level) => {
      const at = (digit * NOISE_LEVELS.length + level) * PIXELS;
      for (let p = 0; p < PIXELS; p++) out[at + p] = images[index * PIXELS + p]! / 255 + sigma * noise[digit * PIXELS + p]!;
    });
  return {
    digits: chosen.length,
    classes: Uint8Array.from(chosen, (index) => labels[index]!),
    sigmas: Float32Array.from(NOISE_LEVELS),
    images: out,
  };
}

/** Indices of the first `count` of every class, class by class. */
function firstOfEach(labels: Uint8Array, count: number): number[] {
  const found = Array.from({ length: CLASSES }, (): number[] => []);
  for (let i = 0; found.some(({ length }) => length < count); i++) {
    const ofClass = found[labels[i]!]!;
    if (ofClass.length < count) ofClass.push(i);
  }
  return found.flat();
}
