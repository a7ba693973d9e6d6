import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normals } from '../random/draws.ts';
import { frechetDistance, gaussianOf, type Gaussian } from './frechet.ts';
import { multiply, singularValues, squareRoot, type Matrix } from './singular-values.ts';

const noise = (count: number, step: number) => normals(new Float32Array(count), { seed: 3, stream: 'noise', step });
const diagonal = (values: readonly number[]): Matrix => ({
  size: values.length,
  data: Float64Array.from({ length: values.length ** 2 }, (_, at) => {
    const row = Math.floor(at / values.length);
    return row === at % values.length ? values[row]! : 0;
  }),
});
const transposed = ({ size, data }: Matrix): Matrix => ({
  size,
  data: data.map((_, at) => data[(at % size) * size + Math.floor(at / size)]!),
});
const random = (size: number, step: number): Matrix => ({ size, data: Float64Array.from(noise(size ** 2, step)) });
const worst = (a: Float64Array, b: Float64Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));

describe('singular values', () => {
  it('are those of a matrix with a known decomposition', () => {
    // rotations by angles of any size, on values from 10⁻⁸ to 3 with one twice
    const known = [3, 0.5, 0.5, 1e-8, 0];
    const u = singularValues(random(5, 1)).right;
    const v = singularValues(random(5, 2)).right;
    const { values } = singularValues(multiply(multiply(u, diagonal(known)), transposed(v)));
    expect(worst(values.sort().reverse(), Float64Array.from(known))).toBeLessThan(1e-14);
  });

  it('come with orthogonal V, and A V has their lengths', () => {
    const a = random(12, 3);
    const { values, right } = singularValues(a);
    const identity = diagonal(new Array<number>(12).fill(1));
    expect(worst(multiply(transposed(right), right).data, identity.data)).toBeLessThan(1e-14);
    const av = multiply(a, right);
    expect(worst(multiply(transposed(av), av).data, diagonal([...values].map((s) => s ** 2)).data)).toBeLessThan(1e-12);
  });

  it('are refused where a number is not finite', () => {
    expect(() => singularValues(diagonal([1, NaN]))).toThrow(RangeError);
    expect(() => singularValues(diagonal([1, Infinity]))).toThrow(RangeError);
  });
});

describe('the square root', () => {
  it('squared is the matrix, also of a singular one', () => {
    for (const rank of [10, 4]) {
      const half = random(10, 4);
      half.data.fill(0, rank * 10);
      const covariance = multiply(transposed(half), half);
      const root = squareRoot(covariance);
      expect(worst(multiply(root, root).data, covariance.data)).toBeLessThan(1e-13);
      expect(root.data).toEqual(transposed(root).data);
    }
  });
});

describe('the Gaussian of features', () => {
  it('has their mean and unbiased covariance', () => {
    const { mean, covariance } = gaussianOf(Float32Array.of(1, 10, 2, 30, 3, 20), 2);
    expect([...mean]).toEqual([2, 20]);
    expect([...covariance.data].map((v) => Math.round(v * 1e9) / 1e9)).toEqual([1, 5, 5, 100]);
  });

  it('needs two vectors', () => {
    expect(() => gaussianOf(new Float32Array(4), 4)).toThrow('2 or more');
  });
});

describe('the Fréchet distance', () => {
  const { cases } = JSON.parse(readFileSync(new URL('fixtures/frechet.json', import.meta.url), 'utf8')) as {
    cases: { name: string; size: number; a: number[]; b: number[]; scipy: number; numpy: number }[];
  };

  it.each(cases)("agrees with scipy's square root and numpy's eigenvalues: $name", ({ size, a, b, scipy, numpy }) => {
    const distance = frechetDistance(gaussianOf(Float32Array.from(a), size), gaussianOf(Float32Array.from(b), size));
    expect(Math.abs(distance / numpy - 1)).toBeLessThan(1e-7);
    expect(Math.abs(distance / scipy - 1)).toBeLessThan(1e-6);
  });

  it('of diagonal Gaussians is Σ (μ − μ′)² + (σ − σ′)²', () => {
    const [a, b] = [
      [2, 0.1, 0, 7],
      [0.5, 3, 1, 7],
    ] as const;
    const gaussian = (deviations: readonly number[], shift: number): Gaussian => ({
      mean: Float64Array.from(deviations, (_, i) => shift * i),
      covariance: diagonal(deviations.map((s) => s ** 2)),
    });
    const expected = a.reduce<number>((sum, s, i) => sum + (s - b[i]!) ** 2 + (2 * i) ** 2, 0);
    expect(frechetDistance(gaussian(a, 1), gaussian(b, 3))).toBeCloseTo(expected, 12);
  });

  it('of a set to itself is 0, of few vectors too, and is the same both ways', () => {
    for (const count of [20, 300]) {
      const [a, b] = [gaussianOf(noise(count * 64, 5), 64), gaussianOf(noise(300 * 64, 6), 64)];
      expect(frechetDistance(a, a)).toBeLessThan(1e-11);
      const there = frechetDistance(a, b);
      expect(Math.abs(frechetDistance(b, a) / there - 1)).toBeLessThan(1e-12);
    }
  });

  it('does not change when both spaces are turned', () => {
    const turn = singularValues(random(8, 7)).right;
    const of = (step: number): Gaussian => gaussianOf(noise(50 * 8, step), 8);
    const turned = ({ mean, covariance }: Gaussian): Gaussian => ({
      mean: mean.map((_, i) => mean.reduce((sum, m, k) => sum + m * turn.data[k * 8 + i]!, 0)),
      covariance: multiply(multiply(transposed(turn), covariance), turn),
    });
    const [a, b] = [of(8), of(9)];
    expect(frechetDistance(turned(a), turned(b))).toBeCloseTo(frechetDistance(a, b), 12);
  });
});
