import { describe, expect, it } from 'vitest';
import { loadMnist } from '#library/mnist.ts';
import { noising } from './noising.ts';

const tile = (images: Float32Array, digit: number, level: number): Float32Array =>
  images.subarray((digit * 7 + level) * 784, (digit * 7 + level + 1) * 784);

describe('noising', () => {
  it('shows five test digits, from clean to σ = 1, under one noise each', async () => {
    const { images: digits } = await loadMnist('test');
    const { images, sigmas } = await noising(3);
    expect([...sigmas].map((s) => s.toFixed(1))).toEqual(['0.0', '0.2', '0.4', '0.5', '0.6', '0.8', '1.0']);
    for (let digit = 0; digit < 5; digit++) {
      const clean = tile(images, digit, 0);
      expect(clean[400]).toBeCloseTo(digits[digit * 784 + 400]! / 255);
      const noise = tile(images, digit, 6).map((v, i) => v - clean[i]!);
      const half = tile(images, digit, 3);
      expect(half[10]).toBeCloseTo(clean[10]! + 0.5 * noise[10]!, 5);
      expect(Math.sqrt(noise.reduce((sum, e) => sum + e * e, 0) / 784)).toBeCloseTo(1, 0);
    }
    expect(tile(images, 0, 6)[0]).not.toBe(tile(images, 1, 6)[0]);
  });

  it('draws other noise for another seed, and the same for the same', async () => {
    const [a, b, c] = await Promise.all([noising(1), noising(1), noising(2)]);
    expect(a).toEqual(b);
    expect(a.images).not.toEqual(c.images);
  });

  it('has digits of every class, each under a noise of its own', async () => {
    const { labels, images: digits } = await loadMnist('test');
    const { images, classes } = await noising(3, 2);
    expect([...classes]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]);
    const eight = labels.indexOf(8);
    const clean = tile(images, 16, 0);
    expect(clean.every((v, p) => Math.abs(v - digits[eight * 784 + p]! / 255) < 1e-6)).toBe(true);
    expect(tile(images, 17, 0)).not.toEqual(clean);
    expect(tile(images, 16, 6)[0]).not.toBe(tile(images, 17, 6)[0]);
  });
});
