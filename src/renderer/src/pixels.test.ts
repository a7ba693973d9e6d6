import { describe, expect, it } from 'vitest';
import { averaged, fittingScale, fittingTiles, noisyRange, PIXELS, sheetOf, SIDE, wholeScale } from './pixels.ts';

describe('digits on screen', () => {
  it.each([1, 1.25, 1.5, 2, 3])('have whole device pixels at %d device pixels for a CSS pixel', (ratio) => {
    for (const scale of [1, 2, 3, 5])
      expect(Number.isInteger(Math.round(wholeScale(scale, ratio) * ratio * 1e6) / 1e6)).toBe(true);
    for (const width of [520, 764, 1780]) {
      const scale = fittingScale(width, 10, 4, 2, 4, ratio);
      expect((scale * ratio) % 1).toBeCloseTo(0, 6);
    }
  });
  it('are as large as fits', () => {
    expect(fittingScale(764, 10, 4, 2, 4, 1)).toBe(2);
    expect(fittingScale(876, 10, 4, 2, 4, 1)).toBe(3);
    expect(fittingScale(9999, 10, 4, 2, 4, 1)).toBe(4);
    expect(fittingScale(764, 10, 4, 2, 4, 1.25)).toBe(2.4);
  });
  it('are as many as fit where even the smallest is too large for all', () => {
    const scale = fittingScale(520, 20, 4, 2, 4, 1);
    expect(fittingTiles(520, scale, 4)).toBe(8);
    expect(8 * SIDE * scale + 7 * 4).toBeLessThanOrEqual(520);
  });
  it('under noise span a range that follows the noise, not the image', () => {
    expect(noisyRange(0)).toEqual([-0, 1]);
    expect(noisyRange(0.5)).toEqual([-0.75, 1.75]);
  });
  it('stand on a sheet row by row, and leave what is over blank', () => {
    const digits = Float32Array.from({ length: 3 * PIXELS }, (_, i) => Math.floor(i / PIXELS) + (i % PIXELS) / 1000);
    const sheet = sheetOf(digits, 2, -1);
    const at = (x: number, y: number) => sheet[y * 2 * SIDE + x];
    expect(sheet).toHaveLength(4 * PIXELS);
    expect([at(0, 0), at(SIDE - 1, 0), at(SIDE, 0), at(0, SIDE), at(SIDE, SIDE)]).toEqual(
      [0, 27, 1000, 2000, -1000].map((v) => Math.fround(v / 1000)),
    );
    expect(at(1, SIDE - 1)).toBeCloseTo(0.757);
  });
});

it('a digit is averaged down to fewer pixels, and keeps its brightness', () => {
  const digit = Float32Array.from({ length: PIXELS }, (_, i) => (i % SIDE < 2 && i < 2 * SIDE ? 1 : 0.25));
  const half = averaged(digit, 14);
  expect([half.length, half[0], half[1]]).toEqual([196, 1, 0.25]);
  expect(averaged(digit, 7)[0]).toBeCloseTo((4 + 12 * 0.25) / 16);
  expect(averaged(digit, 28)).toEqual(digit);
});
