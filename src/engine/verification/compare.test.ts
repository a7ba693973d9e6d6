import { describe, expect, it } from 'vitest';
import { distance, largest, relativeError, worstDifference } from './compare.ts';

describe('comparisons', () => {
  it('takes the worst difference, in parts of the reference where asked', () => {
    expect(largest([1, -4, 2])).toBe(4);
    expect(worstDifference([1, 2, 3], [1, 2.5, 2.75])).toBe(0.5);
    expect(relativeError([1, 2, 3], [1, 2.5, -5])).toBe(8 / 5);
    expect(relativeError([0.25], [0])).toBe(0.25);
    expect(distance([0, 3], [4, 0])).toBe(5);
  });

  it('counts what is not finite, or of another length, as infinitely far', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(worstDifference([0, bad, 0], [0, 0, 1])).toBe(Infinity);
      expect(distance([bad, 0], [0, 0])).toBe(Infinity);
      expect(relativeError([1], [bad])).toBe(Infinity);
    }
    expect(worstDifference([0], [0, 0])).toBe(Infinity);
  });
});
