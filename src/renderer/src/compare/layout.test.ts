import { describe, expect, it } from 'vitest';
import { layOut } from './layout.ts';

const four = { sheets: 4, across: 10, down: 4 };

describe('the layout of sheets', () => {
  it('is the largest whole scale that fits the width and the height', () => {
    expect(layOut(four, { width: 1160, height: 700 }, 1)).toEqual({ columns: 2, scale: 2 });
    expect(layOut({ ...four, sheets: 1 }, { width: 1160, height: 700 }, 1)).toEqual({ columns: 1, scale: 4 });
    expect(layOut(four, { width: 3504, height: 1900 }, 1)).toEqual({ columns: 2, scale: 6 });
  });
  it('counts device pixels', () => {
    expect(layOut(four, { width: 1160, height: 700 }, 2)).toEqual({ columns: 2, scale: 2 });
    expect(layOut({ ...four, sheets: 2 }, { width: 1000, height: 700 }, 2)).toEqual({ columns: 1, scale: 2.5 });
  });
  it('is as wide as it can be where nothing fits the height', () => {
    expect(layOut(four, { width: 868, height: 200 }, 1)).toEqual({ columns: 2, scale: 1 });
    expect(layOut(four, { width: 100, height: 50 }, 1)).toEqual({ columns: 1, scale: 1 });
  });
});
