import { expect, it } from 'vitest';
import { chosenAfter } from './classes.ts';

it('a digit is chosen alone out of all, then others with it, and all when none or every one is left', () => {
  expect(chosenAfter('all', 3)).toEqual([3]);
  expect(chosenAfter([3], 1)).toEqual([1, 3]);
  expect(chosenAfter([1, 3], 3)).toEqual([1]);
  expect(chosenAfter([3], 3)).toBe('all');
  expect(chosenAfter([0, 1, 2, 3, 4, 5, 6, 7, 8], 9)).toBe('all');
});
