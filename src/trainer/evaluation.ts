import { NOISE_LEVELS } from '#contract/figure.ts';
import { CLASSES, PIXELS } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import type { Samples } from '#library/samples.ts';
import type { Digits } from '#engine/training/training.ts';

/** The noise on test digits is the same after every epoch and in every run, so that they compare. */
const SEED = 0;
/** The test loss is taken over this many digits of the test split. */
const TEST_DIGITS = 1000;

/** n × 784 */
type Images = Float32Array<ArrayBuffer>;

/** x, n × 784, as the model sees it: in [0, 1]. */
const pixels = (images: Uint8Array): Images => Float32Array.from(images, (v) => v / 255);

/** z = x + σε */
const noised = (x: Images, noise: Float32Array, sigma: number): Images => x.map((v, i) => v + sigma * noise[i]!);

/** The test digits of an evaluation with their noise; the same for every epoch of a run. */
export interface TestSet {
  sigma: number;
  /** the first of each class, 0 to 9: 10 × 784 */
  clean: Images;
  noisy: Images;
  /** the first test digit at NOISE_LEVELS, one noise for all: 7 × 784 */
  levelsNoisy: Images;
  /** for the test loss: n × 784 */
  lossClean: Images;
  lossNoisy: Images;
}

/** Draws the noise for the fixed test digits. `test` is the whole test split, or any part of it that has every class. */
export function prepareTestSet(test: Digits, sigma: number): TestSet {
  const clean = new Float32Array(CLASSES * PIXELS);
  for (let digit = 0; digit < CLASSES; digit++) {
    const at = test.labels.indexOf(digit);
    if (at < 0) throw new RangeError(`the test digits hold no ${digit}`);
    clean.set(pixels(test.images.subarray(at * PIXELS, (at + 1) * PIXELS)), digit * PIXELS);
  }
  const first = pixels(test.images.subarray(0, PIXELS));
  const levelNoise = normals(new Float32Array(PIXELS), { seed: SEED, stream: 'samples', step: 1 });
  const levelsNoisy = new Float32Array(NOISE_LEVELS.length * PIXELS);
  NOISE_LEVELS.forEach((level, i) => levelsNoisy.set(noised(first, levelNoise, level), i * PIXELS));
  const lossClean = pixels(test.images.subarray(0, TEST_DIGITS * PIXELS));
  return {
    sigma,
    clean,
    noisy: noised(clean, normals(new Float32Array(clean.length), { seed: SEED, stream: 'samples', step: 0 }), sigma),
    levelsNoisy,
    lossClean,
    lossNoisy: noised(lossClean, normals(new Float32Array(lossClean.length), { seed: SEED, stream: 'test', step: 0 }), sigma),
  };
}

/** Denoises the test set with the model as it stands. `predict` maps n × 784 to n × 784. */
export async function evaluate(
  predict: (z: Images) => Promise<Images>,
  set: TestSet,
): Promise<{ samples: Samples; testLoss: number }> {
  const samples: Samples = {
    count: CLASSES,
    sigma: set.sigma,
    clean: set.clean,
    noisy: set.noisy,
    denoised: await predict(set.noisy),
    levels: { sigmas: Float32Array.from(NOISE_LEVELS), noisy: set.levelsNoisy, denoised: await predict(set.levelsNoisy) },
  };
  return { samples, testLoss: meanSquaredError(await predict(set.lossNoisy), set.lossClean) };
}

function meanSquaredError(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}
