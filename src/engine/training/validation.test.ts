import { describe, expect, it } from 'vitest';
import { PIXELS } from '../model/unet.ts';
import type { Digits, TrainingSpec } from './batches.ts';
import { validationLoss, validationSet } from './validation.ts';

const spec: Parameters<typeof validationSet>[0] = {
  objective: 'ddpm',
  conditioning: 'class',
  sigma: 0.5,
  timesteps: 300,
  schedule: 'linear',
  timeSampling: 'uniform',
};
/** Image i is grey level i all over, and shows i mod 10. */
const digits: Digits = {
  images: Uint8Array.from({ length: 200 * PIXELS }, (_, i) => Math.floor(i / PIXELS)),
  labels: Uint8Array.from({ length: 200 }, (_, i) => i % 10),
};

describe('the validation set', () => {
  it('is the same whatever the run, but for what its recipe says of the forward process', () => {
    const run = { ...spec, seed: 7, batchSize: 3 } as TrainingSpec;
    expect(validationSet(run, digits, 100)).toEqual(validationSet({ ...spec }, digits, 100));
    expect(validationSet({ ...spec, schedule: 'cosine' }, digits, 100).input).not.toEqual(validationSet(spec, digits, 100).input);
  });

  it('holds the first digits, each at a t of its own, with its class told', () => {
    const { input, target, t, c } = validationSet(spec, digits, 100);
    expect([input.length, target.length, t!.length, c!.length]).toEqual([100 * PIXELS, 100 * PIXELS, 100, 1000]);
    expect(new Set(t).size).toBeGreaterThan(60);
    for (let i = 0; i < 100; i++) expect(c!.subarray(10 * i, 10 * i + 10).indexOf(1)).toBe(i % 10);
  });

  it('does not ask a network for what it is not told', () => {
    const { t, c } = validationSet({ ...spec, objective: 'denoise', conditioning: 'none' }, digits, 5);
    expect([t, c]).toEqual([undefined, undefined]);
    expect(validationSet({ ...spec, conditioning: 'time' }, digits, 5).c).toBeUndefined();
  });

  it('scores the target with 0, and silence with 1 where the target is N(0, 1)', () => {
    const set = validationSet(spec, digits, 200);
    expect(validationLoss(set.target, set)).toBe(0);
    expect(validationLoss(new Float32Array(set.target.length), set)).toBeCloseTo(1, 2);
  });
});
