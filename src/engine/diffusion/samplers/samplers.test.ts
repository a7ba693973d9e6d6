import { describe, expect, it } from 'vitest';
import { PIXELS } from '../../model/unet.ts';
import { normals } from '../../random/draws.ts';
import { worstDifference } from '../../verification/compare.ts';
import { cosineSchedule, linearSchedule } from '../schedule.ts';
import { sampleDdim, ddimTimesteps } from './ddim.ts';
import { sampleDdpm } from './ddpm.ts';
import { sampleEuler } from './euler.ts';
import { sampleHeun } from './heun.ts';
import type { Frame, Frames, Model, Noise } from './sampler.ts';

const noiseOf = (seed: number, size: number): Noise => {
  const at = (step: number) => normals(new Float32Array(size), { seed, stream: 'sampler', step });
  return { start: () => at(0), at };
};
async function collect(frames: Frames): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}
const imageOf = async (frames: Frames): Promise<Float32Array> => (await collect(frames)).at(-1)!.x;

// A world with one image: its best networks are known in closed form. (PyTorch's own samples are among the golden files.)
const only = Float32Array.from({ length: PIXELS }, (_, i) => Math.abs(Math.sin(i)));
const noise = noiseOf(1, PIXELS);
const schedule = linearSchedule(50);
const knowsNoise: Model = (x, t) => {
  const signal = schedule.alphaBar[Math.round(t * schedule.timesteps)]!;
  return Promise.resolve(x.map((v, i) => (v - Math.sqrt(signal) * only[i]!) / Math.sqrt(1 - signal)));
};
const knowsVelocity: Model = (x, t) => Promise.resolve(x.map((v, i) => (v - only[i]!) / t));

describe.each<[name: string, sampler: (model: Model, noise: Noise) => Frames, model: Model, steps: number, answers: number]>([
  ['DDPM', (m, z) => sampleDdpm(m, z, schedule), knowsNoise, 50, 50],
  ['DDPM with the posterior variance', (m, z) => sampleDdpm(m, z, schedule, 'posterior'), knowsNoise, 50, 50],
  ['DDIM in 7 steps', (m, z) => sampleDdim(m, z, schedule, { steps: 7, eta: 0 }), knowsNoise, 7, 7],
  ['DDIM in one step', (m, z) => sampleDdim(m, z, schedule, { steps: 1, eta: 1 }), knowsNoise, 1, 1],
  ['Euler', (m, z) => sampleEuler(m, z, 10), knowsVelocity, 10, 10],
  ['Heun', (m, z) => sampleHeun(m, z, 6), knowsVelocity, 6, 11],
])('%s', (_, sampler, model, steps, answers) => {
  it('arrives at the image that the network knows, and sees it all the way', async () => {
    const frames = await collect(sampler(model, noise));
    expect(worstDifference(frames.at(-1)!.x, only)).toBeLessThan(1e-5);
    for (const { x0, t } of frames) expect(worstDifference(x0, only), `t = ${t}`).toBeLessThan(1e-4);
  });

  it('gives its frames from noise at t = 1 to the image at t = 0, and never asks at t = 0', async () => {
    const asked: number[] = [];
    const frames = await collect(
      sampler((x, t) => {
        asked.push(t);
        return model(x, t);
      }, noise),
    );
    expect(frames.map(({ step }) => step)).toEqual(Array.from({ length: steps + 1 }, (_, i) => i));
    expect([frames[0]!.t, frames.at(-1)!.t]).toEqual([1, 0]);
    expect(frames.map(({ t }) => t)).toEqual(frames.map(({ t }) => t).toSorted((a, b) => b - a));
    expect(frames[0]!.x).toEqual(noise.start());
    expect(frames.at(-1)!.x0).toEqual(frames.at(-1)!.x);
    expect(asked).toHaveLength(answers);
    expect(Math.min(...asked)).toBeGreaterThan(0);
    expect(Math.max(...asked)).toBe(1);
  });

  it('gives the same bits again, and leaves the frames that it gave alone', async () => {
    const given = sampler(model, noise);
    const seen: Frame[] = [];
    for await (const frame of given) seen.push({ ...frame, x: frame.x.slice(), x0: frame.x0.slice() });
    expect(await collect(sampler(model, noise))).toEqual(seen);
  });

  it('asks nothing more once it is left', async () => {
    let asked = 0;
    const given = sampler((x, t) => {
      asked++;
      return model(x, t);
    }, noise);
    for await (const { step } of given) if (step === 0) break;
    expect(asked).toBe(1);
  });
});

describe('DDIM', () => {
  it.each([linearSchedule(50), cosineSchedule(30)])(
    'is DDPM with the posterior variance at η = 1 over all timesteps',
    async (s) => {
      // any network will do: one that is far from right, and not linear
      const model: Model = (x, t) => Promise.resolve(x.map((v) => Math.tanh(v) * (0.5 + t)));
      const ddim = await collect(sampleDdim(model, noise, s, { steps: s.timesteps, eta: 1 }));
      const ddpm = await collect(sampleDdpm(model, noise, s, 'posterior'));
      expect(ddim).toHaveLength(ddpm.length);
      ddim.forEach(({ x, x0, t }, i) => {
        const scale = Math.max(...ddpm[i]!.x0.map(Math.abs));
        expect(t).toBe(ddpm[i]!.t);
        expect(worstDifference(x, ddpm[i]!.x) / scale).toBeLessThan(1e-5);
        expect(worstDifference(x0, ddpm[i]!.x0) / scale).toBeLessThan(1e-5);
      });
    },
  );

  it('draws no noise at η = 0, and none into the image at η = 1', async () => {
    const asked: number[] = [];
    const watched: Noise = {
      start: () => noise.start(),
      at: (t) => {
        asked.push(t);
        return noise.at(t);
      },
    };
    await collect(sampleDdim(knowsNoise, watched, schedule, { steps: 5, eta: 0 }));
    expect(asked).toEqual([]);
    await collect(sampleDdim(knowsNoise, watched, schedule, { steps: 5, eta: 1 }));
    expect(asked).toEqual([50, 40, 30, 20]);
    await collect(sampleDdpm(knowsNoise, watched, schedule));
    expect(asked.slice(4)).toEqual(Array.from({ length: 49 }, (_, i) => 50 - i));
  });

  it('takes timesteps from T down, evenly, and refuses more than there are', () => {
    expect(ddimTimesteps(300, 300)).toEqual(Array.from({ length: 300 }, (_, i) => 300 - i));
    expect(ddimTimesteps(300, 4)).toEqual([300, 225, 150, 75]);
    expect(ddimTimesteps(10, 3)).toEqual([10, 7, 3]);
    for (const steps of [0, 2.5, 11]) expect(() => ddimTimesteps(10, steps)).toThrow(`${steps} steps of DDIM`);
  });
});

/*
 * Data whose best network is known in closed form: x_0 ~ N(μ, s²), every pixel by itself. Then every network's answer is
 * linear in x, and so is every sampler's step: x ← A x + B + C z. Mean and variance follow from that alone. A, B and C are
 * written down here from the papers, on their own.
 */
const MU = 0.3;
const DEVIATION = 0.5;
interface Linear {
  a: number;
  b: number;
  c: number;
}
interface Moments {
  mean: number;
  variance: number;
}
const propagate = (steps: readonly Linear[]): Moments =>
  steps.reduce<Moments>(({ mean, variance }, { a, b, c }) => ({ mean: a * mean + b, variance: a ** 2 * variance + c ** 2 }), {
    mean: 0,
    variance: 1,
  });
/** E[x_0 | x] = gain · x + offset, where x = signal · x_0 + sigma · ε */
function posterior(signal: number, sigma: number): { gain: number; offset: number } {
  const gain = (signal * DEVIATION ** 2) / (signal ** 2 * DEVIATION ** 2 + sigma ** 2);
  return { gain, offset: MU - gain * signal * MU };
}
const bestNoise =
  (alphaBar: (t: number) => number): Model =>
  (x, t) => {
    const [signal, sigma] = [Math.sqrt(alphaBar(t)), Math.sqrt(1 - alphaBar(t))];
    const { gain, offset } = posterior(signal, sigma);
    return Promise.resolve(x.map((v) => (v - signal * (gain * v + offset)) / sigma));
  };
const bestVelocity: Model = (x, t) => {
  const { gain, offset } = posterior(1 - t, t);
  return Promise.resolve(x.map((v) => (v - (gain * v + offset)) / t));
};

/** x ← toX0 · x̂_0(x) + toX · x + toEpsilon · ε(x) + c z at a timestep of signal level ᾱ. */
function linearStep(alphaBar: number, { toX0 = 0, toX = 0, toEpsilon = 0, c = 0 }): Linear {
  const [signal, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
  const { gain, offset } = posterior(signal, sigma);
  const [noiseGain, noiseOffset] = [(1 - signal * gain) / sigma, (-signal * offset) / sigma];
  return { a: toX0 * gain + toX + toEpsilon * noiseGain, b: toX0 * offset + toEpsilon * noiseOffset, c };
}
function ddpmRecursion(timesteps: number, variance: 'beta' | 'posterior'): Linear[] {
  const { alphaBar, beta } = linearSchedule(timesteps);
  return Array.from({ length: timesteps }, (_, i) => {
    const t = timesteps - i;
    const [now, before] = [alphaBar[t]!, alphaBar[t - 1]!];
    // q(x_{t−1} | x_t, x_0), Ho et al. 2020, eq. 7
    const spread = variance === 'beta' ? beta[t]! : (beta[t]! * (1 - before)) / (1 - now);
    return linearStep(now, {
      toX0: (Math.sqrt(before) * beta[t]!) / (1 - now),
      toX: (Math.sqrt(1 - beta[t]!) * (1 - before)) / (1 - now),
      c: t === 1 ? 0 : Math.sqrt(spread),
    });
  });
}
function ddimRecursion(timesteps: number, steps: number, eta: number): Linear[] {
  const { alphaBar } = linearSchedule(timesteps);
  return Array.from({ length: steps }, (_, i) => {
    const [t, s] = [(timesteps / steps) * (steps - i), (timesteps / steps) * (steps - i - 1)];
    const [now, next] = [alphaBar[t]!, alphaBar[s]!];
    const sigma = eta * Math.sqrt((1 - next) / (1 - now)) * Math.sqrt(1 - now / next);
    return linearStep(now, { toX0: Math.sqrt(next), toEpsilon: Math.sqrt(Math.max(0, 1 - next - sigma ** 2)), c: sigma });
  });
}
/** The velocity at t as a · x + b. */
function velocity(t: number): { a: number; b: number } {
  const { gain, offset } = posterior(1 - t, t);
  return { a: (1 - gain) / t, b: -offset / t };
}
function flowRecursion(steps: number, heun: boolean): Linear[] {
  const h = 1 / steps;
  return Array.from({ length: steps }, (_, i) => {
    const here = velocity(1 - i * h);
    if (!heun || i === steps - 1) return { a: 1 - h * here.a, b: -h * here.b, c: 0 };
    const there = velocity(1 - (i + 1) * h);
    // x − h/2 (v(x) + v'(x − h v(x)))
    return {
      a: 1 - (h / 2) * (here.a + there.a * (1 - h * here.a)),
      b: -(h / 2) * (here.b + there.b - there.a * h * here.b),
      c: 0,
    };
  });
}

const DRAWS = 30_000;
const ddpmModel = (timesteps: number): Model => {
  const { alphaBar } = linearSchedule(timesteps);
  return bestNoise((t) => alphaBar[Math.round(t * timesteps)]!);
};
type Sampled = [name: string, sampler: (steps: number) => Frames, recursion: (steps: number) => Linear[], steps: number[]];
const draws = noiseOf(3, DRAWS);
const samplers: Sampled[] = [
  ['DDPM', (n) => sampleDdpm(ddpmModel(n), draws, linearSchedule(n)), (n) => ddpmRecursion(n, 'beta'), [15, 60, 240]],
  [
    'DDPM with the posterior variance',
    (n) => sampleDdpm(ddpmModel(n), draws, linearSchedule(n), 'posterior'),
    (n) => ddpmRecursion(n, 'posterior'),
    [15, 60, 240],
  ],
  ...[0, 0.5, 1].map<Sampled>((eta) => [
    `DDIM at η = ${eta}`,
    (n) => sampleDdim(ddpmModel(300), draws, linearSchedule(300), { steps: n, eta }),
    (n) => ddimRecursion(300, n, eta),
    [5, 20, 100],
  ]),
  ['Euler', (n) => sampleEuler(bestVelocity, draws, n), (n) => flowRecursion(n, false), [5, 20, 80]],
  ['Heun', (n) => sampleHeun(bestVelocity, draws, n), (n) => flowRecursion(n, true), [5, 20, 80]],
];

describe.each(samplers)('%s of a Gaussian', (_, sampler, recursion, steps) => {
  it('has the mean and the variance that its recursion has', { timeout: 60_000 }, async () => {
    for (const n of steps) {
      const x = await imageOf(sampler(n));
      const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
      const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (x.length - 1);
      const expected = propagate(recursion(n));
      // four standard errors: √(σ²/n), and √(2/n) σ² for a variance
      expect(Math.abs(mean - expected.mean), `mean, ${n} steps`).toBeLessThan(4 * Math.sqrt(expected.variance / DRAWS));
      expect(Math.abs(variance / expected.variance - 1), `variance, ${n} steps`).toBeLessThan(4 * Math.sqrt(2 / DRAWS));
    }
  });

  it('comes closer to the data with more steps', () => {
    const bias = (n: number): number => {
      const { mean, variance } = propagate(recursion(n));
      return Math.abs(mean - MU) + Math.abs(Math.sqrt(variance) - DEVIATION);
    };
    const biases = steps.map(bias);
    expect(biases).toEqual(biases.toSorted((a, b) => b - a));
    expect(biases.at(-1)!).toBeLessThan(biases[0]! / 2);
  });
});

it('has an error of second order with Heun and of first with Euler', () => {
  const bias = (n: number, heun: boolean) => Math.abs(Math.sqrt(propagate(flowRecursion(n, heun)).variance) - DEVIATION);
  expect(bias(40, false) / bias(80, false)).toBeCloseTo(2, 0);
  expect(bias(40, true) / bias(80, true)).toBeCloseTo(4, 0);
});
