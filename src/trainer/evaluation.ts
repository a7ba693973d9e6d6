import { NOISE_LEVELS } from '#contract/figure.ts';
import type { Recipe } from '#contract/recipe.ts';
import { CLASSES, PIXELS } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import type { Digits } from '#engine/training/training.ts';
import { validationLoss, validationSet, type ValidationSet } from '#engine/training/validation.ts';
import type { Samples } from '#library/samples.ts';

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

/** The digits that a denoiser shows after each epoch. */
export interface ShownDigits {
  sigma: number;
  /** the first of each class, 0 to 9: 10 × 784 */
  clean: Images;
  noisy: Images;
  /** the first test digit at NOISE_LEVELS, one noise for all: 7 × 784 */
  levelsNoisy: Images;
}

/** The test digits of an evaluation with their noise; the same for every epoch of a run. */
export interface TestSet {
  loss: ValidationSet;
  /** absent where the network doesn't denoise in one step */
  shown?: ShownDigits;
}

/** Draws the noise for the fixed test digits. `test` is the whole test split, or any part of it that has every class. */
export const prepareTestSet = (
  test: Digits,
  recipe: Pick<Recipe, 'objective' | 'conditioning' | 'sigma' | 'timesteps' | 'schedule' | 'timeSampling'>,
): TestSet => ({
  loss: validationSet(recipe, test, TEST_DIGITS),
  ...(recipe.objective === 'denoise' && { shown: shownDigits(test, recipe.sigma) }),
});

function shownDigits(test: Digits, sigma: number): ShownDigits {
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
  return {
    sigma,
    clean,
    noisy: noised(clean, normals(new Float32Array(clean.length), { seed: SEED, stream: 'samples', step: 0 }), sigma),
    levelsNoisy,
  };
}

/** n × 784, by conditioning t [n] and c [n, 10] → n × 784 */
type Predict = (x: Float32Array, t?: Float32Array, c?: Float32Array) => Promise<Images>;

/** Asks the model as it stands for the test set. */
export async function evaluate(predict: Predict, { loss, shown }: TestSet): Promise<{ samples?: Samples; testLoss: number }> {
  const samples = shown === undefined ? undefined : await denoise(predict, shown);
  const testLoss = validationLoss(await predict(loss.input, loss.t, loss.c), loss);
  return samples === undefined ? { testLoss } : { samples, testLoss };
}

const denoise = async (predict: Predict, { sigma, clean, noisy, levelsNoisy }: ShownDigits): Promise<Samples> => ({
  count: CLASSES,
  sigma,
  clean,
  noisy,
  denoised: await predict(noisy),
  levels: { sigmas: Float32Array.from(NOISE_LEVELS), noisy: levelsNoisy, denoised: await predict(levelsNoisy) },
});
