import { describe, expect, it } from 'vitest';
import { parseNumber, past, processor } from './format.ts';

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
