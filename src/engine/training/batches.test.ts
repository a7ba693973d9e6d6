import { describe, expect, it } from 'vitest';
import { PIXELS } from '../model/unet.ts';
import { batches, type Digits, type TrainingSpec } from './batches.ts';

const spec: TrainingSpec = {
  objective: 'denoise',
  conditioning: 'none',
  sigma: 0.5,
  timesteps: 300,
  schedule: 'linear',
  timeSampling: 'uniform',
  ema: 0,
  width: 1,
  batchSize: 4,
  epochs: 2,
  learningRate: 1e-3,
  learningRateDecay: 1,
  dropClass: 0.1,
  seed: 180,
};
/** Image i is grey level i all over, and shows i mod 10. */
const digits = (count: number): Digits => ({
  images: Uint8Array.from({ length: count * PIXELS }, (_, i) => Math.floor(i / PIXELS)),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
});
const levels = (images: Float32Array) =>
  Array.from({ length: images.length / PIXELS }, (_, i) => Math.round(images[i * PIXELS]! * 255));

describe('batches', () => {
  it('takes every digit once an epoch, the last batch holding what is left', () => {
    const data = batches(spec, digits(10));
    expect(data.stepsPerEpoch).toBe(3);
    const epoch = (first: number) => [0, 1, 2].map((i) => data.at(first + i));
    expect(epoch(0).map((b) => b.size)).toEqual([4, 4, 2]);
    const orders = [epoch(0), epoch(3)].map((steps) => steps.flatMap((b) => levels(b.tensors['target']!)));
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it('gives the same batch for a step whatever was asked before, and fresh noise for every step', () => {
    const [one, other] = [batches(spec, digits(10)), batches(spec, digits(10))];
    one.at(0);
    one.at(5);
    expect(one.at(4)).toEqual(other.at(4));
    const noise = ({ tensors: { x, target } }: ReturnType<typeof one.at>) => x!.map((v, i) => (v - target![i]!) / 0.5);
    expect(noise(one.at(0)).slice(0, 5)).not.toEqual(noise(one.at(1)).slice(0, 5));
    const deviation = Math.sqrt(noise(one.at(0)).reduce((sum, v) => sum + v * v, 0) / (4 * PIXELS));
    expect(Math.abs(deviation - 1)).toBeLessThan(0.05);
  });

  it('draws for ddpm one t in 1/T … 1 for each image, all of them over time', () => {
    const data = batches({ ...spec, objective: 'ddpm', conditioning: 'time', timesteps: 5, batchSize: 50 }, digits(100));
    const seen = new Set<number>();
    for (let step = 0; step < 4; step++) for (const t of data.at(step).tensors['t']!) seen.add(Math.round(t * 5 * 1e4) / 1e4);
    expect([...seen].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });

  it('noises by the schedule that the recipe names', () => {
    const ddpm = { ...spec, objective: 'ddpm', conditioning: 'time' } as const;
    const [linear, cosine] = [batches(ddpm, digits(10)), batches({ ...ddpm, schedule: 'cosine' }, digits(10))];
    const { x, target, t } = cosine.at(1).tensors;
    expect([t, target]).toEqual([linear.at(1).tensors['t'], linear.at(1).tensors['target']]);
    expect(x).not.toEqual(linear.at(1).tensors['x']);
    // Nichol & Dhariwal 2021, eq. 17
    const f = (share: number) => Math.cos(((share + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    const noise = Math.sqrt(1 - f(t![0]!) / f(0));
    const clean = (x![0]! - noise * target![0]!) / Math.sqrt(1 - noise ** 2);
    expect(clean * 255).toBeCloseTo(Math.round(clean * 255), 2);
  });

  it('draws t for flow uniformly, or logit-normally: more from the middle, with the quantiles of that', () => {
    const times = (timeSampling: TrainingSpec['timeSampling']) => {
      const data = batches({ ...spec, objective: 'flow', conditioning: 'time', timeSampling, batchSize: 100 }, digits(200));
      return Array.from({ length: 40 }, (_, step) => [...data.at(step).tensors['t']!]).flat();
    };
    const below = (t: number[], limit: number) => t.filter((v) => v < limit).length / t.length;
    const uniform = times('uniform');
    for (const limit of [0.1, 0.5, 0.9]) expect(Math.abs(below(uniform, limit) - limit)).toBeLessThan(0.03);
    const logitNormal = times('logit-normal');
    // Φ(−1), Φ(0), Φ(1) at the logistic of −1, 0, 1
    for (const [n, share] of [
      [-1, 0.1587],
      [0, 0.5],
      [1, 0.8413],
    ] as const)
      expect(Math.abs(below(logitNormal, 1 / (1 + Math.exp(-n))) - share)).toBeLessThan(0.03);
  });

  it('tells a class-conditioned network the digit, and hides a share of them', () => {
    const data = batches({ ...spec, objective: 'flow', conditioning: 'class', batchSize: 200, dropClass: 0.25 }, digits(200));
    let hidden = 0;
    for (let step = 0; step < 10; step++) {
      const { x, t, target, c } = data.at(step).tensors;
      for (let i = 0; i < 200; i++) {
        const row = [...c!.subarray(i * 10, i * 10 + 10)];
        if (row.every((v) => v === 0)) hidden++;
        else {
          // x_t − t · v is x_0, whose grey level tells the digit
          const level = Math.round((x![i * PIXELS]! - t![i]! * target![i * PIXELS]!) * 255);
          expect(row).toEqual(Array.from({ length: 10 }, (_, k) => (k === level % 10 ? 1 : 0)));
        }
      }
    }
    expect(Math.abs(hidden / 2000 - 0.25)).toBeLessThan(0.04);
  });
});
