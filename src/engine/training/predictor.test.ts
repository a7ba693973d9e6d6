import { describe, expect, it } from 'vitest';
import { oneHot } from '../diffusion/guidance.ts';
import { openReferenceExecutor } from '../executors/reference/executor.ts';
import { initialState } from '../model/initial-state.ts';
import { normals } from '../random/draws.ts';
import { openPredictor } from './predictor.ts';

const spec = { conditioning: 'class', width: 2 } as const;
const state = initialState(spec, 1);
const x = normals(new Float32Array(5 * 784), { seed: 1, stream: 'samples', step: 0 });
const t = Float32Array.of(0.1, 0.3, 0.5, 0.7, 0.9);
const c = oneHot([0, 3, 5, 7, 9]);

describe('a predictor', () => {
  it('gives each image the same answer whatever shares its batch', async () => {
    const all = await openPredictor(openReferenceExecutor(), spec, state, 5);
    const whole = await all.predict(x, t, c);
    for (const batch of [1, 2, 8]) {
      const predictor = await openPredictor(openReferenceExecutor(), spec, state, batch);
      expect(await predictor.predict(x, t, c)).toEqual(whole);
    }
    expect(await all.predict(new Float32Array(), new Float32Array(), new Float32Array())).toHaveLength(0);
  });

  it('listens to time and class', async () => {
    const predictor = await openPredictor(openReferenceExecutor(), spec, state, 5);
    const answer = await predictor.predict(x, t, c);
    expect(await predictor.predict(x, t.toReversed(), c)).not.toEqual(answer);
    expect(await predictor.predict(x, t, oneHot([1, 1, 1, 1, 1]))).not.toEqual(answer);
  });

  it('says what is missing or of the wrong size', async () => {
    const predictor = await openPredictor(openReferenceExecutor(), spec, state, 2);
    await expect(predictor.predict(x, t)).rejects.toThrow('c of 5 images needs 50 numbers, not 0');
    await expect(predictor.predict(x, t.subarray(1), c)).rejects.toThrow('t of 5 images needs 5 numbers, not 4');
    await expect(predictor.predict(x.subarray(1), t, c)).rejects.toThrow('images');
  });
});
