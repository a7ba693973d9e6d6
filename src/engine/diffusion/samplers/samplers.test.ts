import { describe, expect, it } from 'vitest';
import { normals } from '../../random/draws.ts';
import { worstDifference } from '../../verification/compare.ts';
import { guided, oneHot, type ConditionedModel } from '../guidance.ts';
import { linearSchedule } from '../schedule.ts';
import { sampleDdpm } from './ddpm.ts';
import { sampleEuler } from './euler.ts';

// A world with one image, x_0: its best networks are known in closed form. (PyTorch's own samples are among the golden files.)
const x0 = Float32Array.from({ length: 784 }, (_, i) => Math.abs(Math.sin(i)));
const start = normals(new Float32Array(784), { seed: 1, stream: 'sampler', step: 0 });

describe('DDPM sampling', () => {
  const schedule = linearSchedule(50);
  const perfect = (x: Float32Array, t: number) => {
    const signal = schedule.alphaBar[Math.round(t * schedule.timesteps)]!;
    return Promise.resolve(x.map((v, i) => (v - Math.sqrt(signal) * x0[i]!) / Math.sqrt(1 - signal)));
  };
  const noise = (t: number) => normals(new Float32Array(784), { seed: 1, stream: 'sampler', step: t });

  it('arrives at the image that the network knows', async () => {
    const sample = await sampleDdpm(perfect, start, schedule, noise);
    expect(worstDifference(sample, x0)).toBeLessThan(1e-5);
  });

  it('asks for noise at T … 2 and tells of T − 1 … 0', async () => {
    const [asked, told]: [number[], number[]] = [[], []];
    await sampleDdpm(
      perfect,
      start,
      schedule,
      (t) => {
        asked.push(t);
        return noise(t);
      },
      (_, t) => told.push(t),
    );
    expect(asked).toEqual(Array.from({ length: 49 }, (_, i) => 50 - i));
    expect(told).toEqual(Array.from({ length: 50 }, (_, i) => 49 - i));
  });

  it('adds noise of variance β_t at each step but the last', async () => {
    const { alpha, alphaBar, beta } = schedule;
    // x_0 = 0 everywhere: x_{t−1} is a share of x_t plus noise, so variances follow a recursion
    const network = (x: Float32Array, t: number) =>
      Promise.resolve(x.map((v) => v / Math.sqrt(1 - alphaBar[Math.round(t * schedule.timesteps)]!)));
    const draw = (t: number) => normals(new Float32Array(20_000), { seed: 2, stream: 'sampler', step: t });
    let expected = 1;
    await sampleDdpm(network, draw(0), schedule, draw, (x, t) => {
      const share = (Math.sqrt(alpha[t + 1]!) * (1 - alphaBar[t]!)) / (1 - alphaBar[t + 1]!);
      expected = share ** 2 * expected + (t > 0 ? beta[t + 1]! : 0);
      const variance = x.reduce((sum, v) => sum + v * v, 0) / x.length;
      if (t > 0) expect(Math.abs(variance / expected - 1), `t = ${t}`).toBeLessThan(4 * Math.sqrt(2 / x.length));
      else expect(variance).toBeLessThan(1e-12);
    });
  });
});

describe('Euler along a flow', () => {
  it('follows a straight path in any number of steps, and never asks at t = 0', async () => {
    for (const steps of [1, 3, 10]) {
      const times: number[] = [];
      const velocity = (x: Float32Array, t: number) => {
        times.push(t);
        return Promise.resolve(x.map((v, i) => (v - x0[i]!) / t));
      };
      expect(worstDifference(await sampleEuler(velocity, start, steps), x0)).toBeLessThan(1e-6);
      expect(times[0]).toBe(1);
      expect(times.at(-1)).toBeCloseTo(1 / steps, 12);
    }
  });
});

describe('guidance', () => {
  // tells the class, and 100 with none; knows its time
  const model: ConditionedModel = (x, t, c) => {
    const told = Array.from(t, (_, i) => {
      const label = c.subarray(i * 10, i * 10 + 10).indexOf(1);
      return label < 0 ? 100 : label;
    });
    return Promise.resolve(x.map((_, i) => told[Math.floor(i / 784)]! + t[Math.floor(i / 784)]!));
  };

  it('goes from the unconditioned answer past the conditioned one', async () => {
    const c = oneHot([3, 7]);
    const answer = async (scale: number) => {
      const y = await guided(model, c, scale)(new Float32Array(2 * 784), 0.5);
      return [y[0], y[784]];
    };
    expect(await answer(0)).toEqual([100.5, 100.5]);
    expect(await answer(1)).toEqual([3.5, 7.5]);
    expect(await answer(5)).toEqual([100.5 - 5 * 97, 100.5 - 5 * 93]);
  });

  it('writes classes as one-hot rows, zeros where one is hidden', () => {
    expect([...oneHot([1, 0], (i) => i === 0)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, ...new Array<number>(10).fill(0)]);
  });
});
