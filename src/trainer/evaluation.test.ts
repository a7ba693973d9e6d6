import { describe, expect, it } from 'vitest';
import { NOISE_LEVELS } from '#contract/figure.ts';
import { defaultRecipe } from '#contract/recipe.ts';
import { evaluate, prepareTestSet, type ShownDigits } from './evaluation.ts';

// twelve flat digits: labels 9 … 0, then 0 and 1 again; digit i is i grey levels bright
const labels = Uint8Array.from([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 1]);
const images = new Uint8Array(12 * 784).map((_, i) => Math.floor(i / 784) * 20);
const set = prepareTestSet({ images, labels }, defaultRecipe);
const shown = set.shown as ShownDigits;
const row = (a: Float32Array, i: number): Float32Array => a.subarray(i * 784, (i + 1) * 784);
const spread = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((s, v, i) => s + (v - b[i]!) ** 2, 0) / a.length);

describe('the test set', () => {
  it('shows the first digit of each class in their order', () => {
    for (let digit = 0; digit < 10; digit++) expect(row(shown.clean, digit)[0]).toBeCloseTo(((9 - digit) * 20) / 255);
  });

  it('adds noise of standard deviation σ', () => {
    expect(spread(shown.noisy, shown.clean)).toBeCloseTo(0.5, 1);
    expect(spread(set.loss.input, set.loss.target)).toBeCloseTo(0.5, 1);
  });

  it('shows one digit under one noise at every level', () => {
    const clean = row(shown.levelsNoisy, 0);
    expect(spread(clean, new Float32Array(784))).toBe(0);
    const unit = row(shown.levelsNoisy, 6);
    NOISE_LEVELS.forEach((level, i) => expect(row(shown.levelsNoisy, i)[5]).toBeCloseTo(level * unit[5]!));
  });

  it('is the same every time', () => {
    expect(prepareTestSet({ images, labels }, defaultRecipe)).toEqual(set);
  });

  it('shows no digits where the network does not denoise in one step', () => {
    const { shown, loss } = prepareTestSet({ images, labels }, { ...defaultRecipe, objective: 'ddpm', conditioning: 'time' });
    expect(shown).toBeUndefined();
    expect(loss.t).toHaveLength(12);
  });
});

describe('evaluate', () => {
  it('scores the identity with σ², and gives back what was denoised', async () => {
    const { samples, testLoss } = await evaluate((z) => Promise.resolve(z.slice()), set);
    expect(testLoss).toBeCloseTo(0.25, 1);
    expect(samples!.count).toBe(10);
    expect(samples!.denoised).toEqual(shown.noisy);
    expect(samples!.levels.denoised).toEqual(shown.levelsNoisy);
  });

  it('scores a perfect network with 0', async () => {
    const answer = set.loss.target.slice();
    const { testLoss } = await evaluate((z) => Promise.resolve(z === set.loss.input ? answer : z.slice()), set);
    expect(testLoss).toBe(0);
  });

  it('asks with time and class, and gives no digits, where the network takes them', async () => {
    const recipe = { ...defaultRecipe, objective: 'flow', conditioning: 'class' } as const;
    const asked: (Float32Array | undefined)[][] = [];
    const silent = await evaluate(
      (x, t, c) => {
        asked.push([t, c]);
        return Promise.resolve(new Float32Array(x.length));
      },
      prepareTestSet({ images, labels }, recipe),
    );
    expect(asked.map(([t, c]) => [t?.length, c?.length])).toEqual([[12, 120]]);
    expect(silent.samples).toBeUndefined();
    // the mean of (ε − x)², which is 1 + x²
    const squares = images.reduce((sum, v) => sum + (v / 255) ** 2, 0) / images.length;
    expect(silent.testLoss / (1 + squares)).toBeCloseTo(1, 1);
  });
});
