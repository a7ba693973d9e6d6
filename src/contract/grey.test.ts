import { describe, expect, it } from 'vitest';
import { CLEAN, noisyWindow, toGrey } from './grey.ts';

describe('toGrey', () => {
  it('draws 0 black and 1 white, rounds between them and clips beyond', () => {
    expect([...toGrey(Float32Array.of(-1, 0, 0.5, 1, 7, NaN), CLEAN)]).toEqual([0, 0, 128, 255, 255, 0]);
  });
  it('widens its window by one and a half σ on each side', () => {
    expect(noisyWindow(0.5)).toEqual([-0.75, 1.75]);
    expect([...toGrey(Float32Array.of(-0.75, 0.5, 1.75), noisyWindow(0.5))]).toEqual([0, 128, 255]);
  });
});
