import { describe, expect, it } from 'vitest';
import { ROW, rowsInView } from './window.ts';

describe('the rows that exist', () => {
  it('cover what is in view at every place, and are few', () => {
    const height = 800;
    for (let top = 0; top <= 1000 * ROW - height; top += 37) {
      const { from, to } = rowsInView(top, height, 1000);
      expect(from * ROW).toBeLessThanOrEqual(top);
      expect(to * ROW).toBeGreaterThanOrEqual(Math.min(1000 * ROW, top + height));
      expect(to - from).toBeLessThan(30);
    }
  });
  it('are all where there are few, and none beyond a list that has become shorter', () => {
    expect(rowsInView(0, 800, 3)).toEqual({ from: 0, to: 3 });
    expect(rowsInView(50_000, 800, 10)).toEqual({ from: 10, to: 10 });
  });
});
