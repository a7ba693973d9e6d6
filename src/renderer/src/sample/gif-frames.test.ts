import { describe, expect, it } from 'vitest';
import { durations, gifPicture, gifSize, isWithinReach } from './gif-frames.ts';

/** Two digits, of one grey each. */
const digits = (a: number, b: number): Float32Array => Float32Array.from({ length: 2 * 784 }, (_, i) => (i < 784 ? a : b));

describe('a picture of a GIF', () => {
  const frame = { x: digits(-1, 2), x0: digits(0.2, 1.4) };
  const greyAt = ({ greys, width }: { greys: Uint8Array; width: number }, x: number, y: number): number => greys[y * width + x]!;

  it('has what the sampler holds beside what the network sees, each in its own range, with white between', () => {
    const picture = gifPicture(frame, [-1, 3], { view: 'both', count: 2 });
    expect([picture.width, picture.height, picture.greys.length]).toEqual([2 * 56 + 4, 28, (2 * 56 + 4) * 28]);
    expect([27, 28, 56, 60, 115].map((x) => greyAt(picture, x, 27))).toEqual([0, 191, 255, 51, 255]);
  });

  it('has one of them alone, without a gap', () => {
    const held = gifPicture(frame, [-1, 3], { view: 'x', count: 2 });
    expect([held.width, held.height, greyAt(held, 55, 27)]).toEqual([56, 28, 191]);
    const seen = gifPicture(frame, [-1, 3], { view: 'x0', count: 2 });
    expect([seen.width, greyAt(seen, 0, 0)]).toEqual([56, 51]);
  });

  it('has rows of ten', () => {
    expect(gifSize({ view: 'x', count: 12, scale: 2 })).toEqual({ width: 560, height: 112 });
  });
});

describe('a GIF', () => {
  it('stands still at its end, and takes whole hundredths of a second before', () => {
    expect(durations(4, 25)).toEqual([4, 4, 4, 150]);
  });

  it('is out of reach where nobody could look at it', () => {
    expect(isWithinReach({ view: 'both', count: 40, scale: 4 }, 51)).toBe(true);
    expect(isWithinReach({ view: 'both', count: 100, scale: 8 }, 51)).toBe(false);
  });
});
