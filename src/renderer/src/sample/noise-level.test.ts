import { describe, expect, it } from 'vitest';
import { decibels, mixAt, rangeOf } from './noise-level.ts';

const alphaBar = Float64Array.from([1, 0.64, 0.36]);

describe('the mix of image and noise', () => {
  it('follows the schedule, whose variances add up to one', () => {
    expect(mixAt(0, alphaBar)).toEqual({ signal: 1, noise: 0 });
    const half = mixAt(0.5, alphaBar);
    expect([half.signal, half.noise]).toEqual([0.8, expect.closeTo(0.6)]);
    expect(mixAt(1, alphaBar)).toEqual({ signal: 0.6, noise: 0.8 });
  });
  it('is a straight line without a schedule', () => {
    expect(mixAt(0.25, undefined)).toEqual({ signal: 0.75, noise: 0.25 });
  });
  it('gives the window of grey: the plain one without noise, wider with it', () => {
    expect(rangeOf({ signal: 1, noise: 0 })).toEqual([-0, 1]);
    expect(rangeOf({ signal: 0.6, noise: 0.8 })).toEqual([expect.closeTo(-1.2), expect.closeTo(1.8)]);
  });
  it('is told in decibels', () => {
    expect(decibels({ signal: 1, noise: 1 })).toBe(0);
    expect(decibels({ signal: 1, noise: 0.1 })).toBeCloseTo(20);
    expect(decibels({ signal: 1, noise: 0 })).toBe(Infinity);
  });
});
