import { describe, expect, it } from 'vitest';
import { about, bytes, clock, count, loss, percent, speed, stepTime } from './words.ts';

describe('numbers in words', () => {
  it.each([
    [4.2, '4 s'],
    [38, '40 s'],
    [59, '1 min'],
    [356, '6 min'],
    [3590, '1 h'],
    [7800, '2 h 10 min'],
    [40000, '11 h'],
  ])('%d s is about %s', (seconds, words) => expect(about(seconds)).toBe(words));

  it.each([
    [0, '0:00'],
    [178, '2:58'],
    [3778, '1:02:58'],
  ])('%d s on the clock is %s', (seconds, text) => expect(clock(seconds)).toBe(text));

  it('keeps losses four places, small ones two figures, and says when there is none', () => {
    expect([0.00974, 0.000123, 12.345, NaN, undefined].map(loss)).toEqual(['0.0097', '0.00012', '12.35', '—', '—']);
  });
  it('groups thousands', () => expect(count(60000)).toBe('60,000'));
  it('gives times of steps, speeds and sizes', () => {
    expect([0.305, 0.0042, 2.314, 65.9].map(stepTime)).toEqual(['305 ms', '4.2 ms', '2.31 s', '65.9 s']);
    expect([842.3, 7.44, 12345].map(speed)).toEqual(['842', '7.4', '12,345']);
    expect([999, 94_700_000, 999_950, 1.5e9].map(bytes)).toEqual(['999 B', '94.7 MB', '1.0 MB', '1.5 GB']);
  });
  it('gives a share in percent', () => expect([0.9736, 1].map(percent)).toEqual(['97.4 %', '100.0 %']));
});
