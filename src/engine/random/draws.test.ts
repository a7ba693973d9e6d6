import { describe, expect, it } from 'vitest';
import { erf } from '../graph/rows/activation.ts';
import { normals, permutation, uniforms, type Place, type Stream } from './draws.ts';

const COUNT = 200_000;
const at = (stream: Stream, step = 0, seed = 180): Place => ({ seed, stream, step });
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const moment = (values: ArrayLike<number>, power: number) => mean(Array.from(values, (v) => v ** power));
const Phi = (x: number) => (1 + erf(x * Math.SQRT1_2)) / 2;

/** Kolmogorov–Smirnov: √n · sup |empirical − distribution|; beyond 1.95 with probability 0.001. */
function kolmogorov(values: ArrayLike<number>, distribution: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  let worst = 0;
  sorted.forEach((x, i) => {
    const p = distribution(x);
    worst = Math.max(worst, Math.abs(p - i / sorted.length), Math.abs(p - (i + 1) / sorted.length));
  });
  return Math.sqrt(sorted.length) * worst;
}

/** χ² of counts against equal expectations, as a standard normal deviate (Wilson & Hilferty). */
function chiSquareDeviate(counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  const expected = total / counts.length;
  const chi = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (Math.cbrt(chi / freedom) - 1 + 2 / (9 * freedom)) / Math.sqrt(2 / (9 * freedom));
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centred = (values: ArrayLike<number>) => {
    const m = mean(values);
    return Array.from(values, (v) => v - m);
  };
  const [x, y] = [centred(a), centred(b)];
  return mean(x.map((v, i) => v * y[i]!)) / Math.sqrt(moment(x, 2) * moment(y, 2));
}

describe('normals', () => {
  const values = normals(new Float32Array(COUNT), at('noise', 7));

  it('has the moments of N(0, 1), within four standard errors', () => {
    const error = (variance: number) => 4 * Math.sqrt(variance / COUNT);
    expect(Math.abs(mean(values))).toBeLessThan(error(1));
    expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(error(2));
    expect(Math.abs(moment(values, 3))).toBeLessThan(error(15));
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(error(96));
  });

  it('is normally distributed: Kolmogorov–Smirnov, and χ² over 64 equally likely cells', () => {
    expect(kolmogorov(values, Phi)).toBeLessThan(1.95);
    const counts = new Array<number>(64).fill(0);
    for (const v of values) counts[Math.floor(Phi(v) * 64)]!++;
    expect(Math.abs(chiSquareDeviate(counts))).toBeLessThan(3.3);
  });

  it('has tails', () => {
    const beyond3 = [...values].filter((v) => Math.abs(v) > 3).length / COUNT;
    expect(beyond3).toBeGreaterThan(0.0027 * 0.8);
    expect(beyond3).toBeLessThan(0.0027 * 1.2);
  });

  it('is independent from one number to the next, and between streams, steps and seeds', () => {
    const limit = 4 / Math.sqrt(COUNT);
    for (const lag of [1, 2, 3, 4, 784])
      expect(Math.abs(correlation(values.subarray(lag), values.subarray(0, COUNT - lag))), `lag ${lag}`).toBeLessThan(limit);
    for (const other of [at('sampler', 7), at('samples', 7), at('noise', 8), at('noise', 7, 181)])
      expect(Math.abs(correlation(values, normals(new Float32Array(COUNT), other)))).toBeLessThan(limit);
    // squares too: equal radii under turned angles would not show above
    const squares = (v: Float32Array) => v.map((x) => x * x - 1);
    expect(Math.abs(correlation(squares(values.subarray(1)), squares(values.subarray(0, -1))))).toBeLessThan(limit);
  });

  it('does not depend on how many are drawn', () => {
    for (const length of [1, 2, 3, 5, 6])
      expect([...normals(new Float32Array(length), at('noise', 7))]).toEqual([...values.subarray(0, length)]);
  });
});

describe('uniforms', () => {
  const values = uniforms(new Float64Array(COUNT), at('timestep'));

  it('fills [0, 1) evenly: Kolmogorov–Smirnov, χ² over 300 timesteps and over pairs', () => {
    expect(Math.min(...values.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(values.every((v) => v < 1)).toBe(true);
    expect(kolmogorov(values, (x) => x)).toBeLessThan(1.95);
    const cells = new Array<number>(300).fill(0);
    for (const v of values) cells[Math.floor(v * 300)]!++;
    expect(Math.abs(chiSquareDeviate(cells))).toBeLessThan(3.3);
    const pairs = new Array<number>(256).fill(0);
    for (let i = 0; i + 1 < COUNT; i += 2) pairs[Math.floor(values[i]! * 16) * 16 + Math.floor(values[i + 1]! * 16)]!++;
    expect(Math.abs(chiSquareDeviate(pairs))).toBeLessThan(3.3);
  });

  it('refuses a place outside 32 bits', () => {
    expect(() => uniforms(new Float64Array(1), at('timestep', -1))).toThrow('must be whole numbers below 2³²');
    expect(() => uniforms(new Float64Array(1), at('timestep', 0, 2 ** 32))).toThrow('must be whole numbers below 2³²');
  });
});

describe('permutation', () => {
  it('holds every index once, and is another one in every epoch', () => {
    const [first, second] = [permutation(60_000, at('order', 0)), permutation(60_000, at('order', 1))];
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    expect(Math.abs(correlation(first, second))).toBeLessThan(4 / Math.sqrt(60_000));
    expect(first.filter((v, i) => v === second[i]).length).toBeLessThan(10);
    expect(permutation(60_000, at('order', 0))).toEqual(first);
  });

  it('takes every order of four equally often', () => {
    const counts = new Map<string, number>();
    for (let step = 0; step < 24_000; step++) {
      const order = permutation(4, at('order', step)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareDeviate([...counts.values()]))).toBeLessThan(3.3);
  });
});
