import { describe, expect, it } from 'vitest';
import { differencePixels, meanDifference } from './difference.ts';

const colours = { ground: [10, 20, 30], minus: [0, 0, 200], plus: [200, 100, 0] } as const;

describe('the difference of two images', () => {
  it('is the ground where they are alike, and a full colour where one is black and one is white', () => {
    const pixels = differencePixels(new Float32Array([0.5, 1, 0]), new Float32Array([0.5, 0, 1]), colours);
    expect([...pixels]).toEqual([10, 20, 30, 255, 0, 0, 200, 255, 200, 100, 0, 255]);
  });
  it('grows evenly, and does not count what is not on screen', () => {
    const pixels = differencePixels(new Float32Array([0, -3, 1]), new Float32Array([0.5, 0, 7]), colours);
    expect([...pixels]).toEqual([105, 60, 15, 255, 10, 20, 30, 255, 10, 20, 30, 255]);
  });
  it('has a mean', () => {
    expect(meanDifference(new Float32Array([0, 1, 0.5, -1]), new Float32Array([1, 1, 0.25, 0]))).toBe(0.3125);
  });
});
