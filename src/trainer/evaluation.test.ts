import { describe, expect, it } from 'vitest';
import { NOISE_LEVELS } from '#contract/figure.ts';
import { evaluate, prepareTestSet } from './evaluation.ts';

// twelve flat digits: labels 9 … 0, then 0 and 1 again; digit i is i grey levels bright
const labels = Uint8Array.from([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 1]);
const images = new Uint8Array(12 * 784).map((_, i) => Math.floor(i / 784) * 20);
const set = prepareTestSet({ images, labels }, 0.5);
const row = (a: Float32Array, i: number): Float32Array => a.subarray(i * 784, (i + 1) * 784);
const spread = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((s, v, i) => s + (v - b[i]!) ** 2, 0) / a.length);

describe('the test set', () => {
  it('shows the first digit of each class in their order', () => {
    for (let digit = 0; digit < 10; digit++) expect(row(set.clean, digit)[0]).toBeCloseTo(((9 - digit) * 20) / 255);
  });

  it('adds noise of standard deviation σ', () => {
    expect(spread(set.noisy, set.clean)).toBeCloseTo(0.5, 1);
    expect(spread(set.lossNoisy, set.lossClean)).toBeCloseTo(0.5, 1);
  });

  it('shows one digit under one noise at every level', () => {
    const clean = row(set.levelsNoisy, 0);
    expect(spread(clean, new Float32Array(784))).toBe(0);
    const unit = row(set.levelsNoisy, 6);
    NOISE_LEVELS.forEach((level, i) => expect(row(set.levelsNoisy, i)[5]).toBeCloseTo(level * unit[5]!));
  });

  it('is the same every time', () => {
    expect(prepareTestSet({ images, labels }, 0.5)).toEqual(set);
  });
});

describe('evaluate', () => {
  it('scores the identity with σ², and gives back what was denoised', async () => {
    const { samples, testLoss } = await evaluate((z) => Promise.resolve(z.slice()), set);
    expect(testLoss).toBeCloseTo(0.25, 1);
    expect(samples.count).toBe(10);
    expect(samples.denoised).toEqual(set.noisy);
    expect(samples.levels.denoised).toEqual(set.levelsNoisy);
  });

  it('scores a perfect denoiser with 0', async () => {
    const { testLoss } = await evaluate((z) => Promise.resolve(z.length === set.lossClean.length ? set.lossClean : z), set);
    expect(testLoss).toBe(0);
  });
});
