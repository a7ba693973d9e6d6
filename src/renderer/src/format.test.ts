import { describe, expect, it } from 'vitest';
import { about, bytes, clock, count, loss, parseNumber, past, processor, speed, stepTime } from './format.ts';

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
});

it('names a processor plainly', () => {
  expect(processor('Intel(R) Xeon(R) Platinum 8488C, 2 cores')).toBe('Intel Xeon Platinum 8488C, 2 cores');
});

describe('past', () => {
  const now = new Date(2024, 10, 18, 15, 0).getTime();
  const minutes = (n: number) => now - n * 60_000;
  it.each([
    [0, 'just now'],
    [4, '4 min ago'],
    [80, 'today 13:40'],
    [24 * 60 - 60, 'yesterday 16:00'],
    [3 * 24 * 60, '15 Nov'],
    [400 * 24 * 60, '15 Oct 2023'],
  ])('%d minutes back is %s', (n, words) => expect(past(minutes(n), now)).toBe(words));
});

describe('parseNumber', () => {
  it.each([
    ['60,000', 60000],
    ['1e-4', 0.0001],
    ['0,5', 0.5],
    [' 32 ', 32],
    ['1,234,567.5', 1234567.5],
    ['-0.5', -0.5],
  ])('reads %s', (text, value) => expect(parseNumber(text)).toBe(value));
  it.each(['', 'abc', '1.2.3', '12px', 'Infinity'])('gives back %j, which is no number', (text) =>
    expect(parseNumber(text)).toBe(text),
  );
});
