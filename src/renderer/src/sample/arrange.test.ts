import { describe, expect, it } from 'vitest';
import { arrange } from './arrange.ts';

describe('two sheets of samples', () => {
  it('stand side by side for one image, as large as whole pixels allow', () => {
    expect(arrange(1, { width: 810, height: 460 }, 1)).toEqual({ columns: 1, scale: 13, stacked: false });
    expect(arrange(1, { width: 810, height: 460 }, 2)).toEqual({ columns: 1, scale: 13.5, stacked: false });
  });
  it('stand one above the other where rows of ten are larger so', () => {
    expect(arrange(10, { width: 860, height: 500 }, 1)).toEqual({ columns: 10, scale: 3, stacked: true });
  });
  it('keep rows of ten unless half of that is much larger', () => {
    expect(arrange(40, { width: 860, height: 560 }, 1)).toEqual({ columns: 10, scale: 2, stacked: true });
    expect(arrange(40, { width: 600, height: 500 }, 1)).toEqual({ columns: 5, scale: 2, stacked: false });
  });
  it('are small where there is no room', () => {
    expect(arrange(100, { width: 100, height: 50 }, 1)).toMatchObject({ columns: 10, scale: 1 });
  });
});
