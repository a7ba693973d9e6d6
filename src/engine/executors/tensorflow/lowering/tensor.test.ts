import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HWIO, NHWC, physical, plain, sameSequence } from './tensor.ts';

const rank = 4;
const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: rank, maxLength: rank });
const orders = fc.shuffledSubarray([0, 1, 2, 3], { minLength: rank, maxLength: rank });

/** The index in the graph's order of each number, in the sequence that an order puts them in memory. */
function sequence(shape: readonly number[], order: readonly number[]): number[] {
  const result: number[] = [];
  const walk = (place: number, index: number[]): void => {
    if (place === order.length) {
      result.push(index.reduce((at, i, axis) => at * shape[axis]! + i, 0));
      return;
    }
    for (let i = 0; i < shape[order[place]!]!; i++) walk(place + 1, index.with(order[place]!, i));
  };
  walk(
    0,
    shape.map(() => 0),
  );
  return result;
}

describe('an order of axes', () => {
  it('is the same sequence as another exactly where no number moves', () => {
    fc.assert(
      fc.property(shapes, orders, orders, (shape, a, b) => {
        const moves = sequence(shape, a).join() !== sequence(shape, b).join();
        expect(sameSequence(shape, a, b)).toBe(!moves);
      }),
    );
  });

  it("holds images and filters as TensorFlow's kernels take them", () => {
    expect(physical([8, 3, 28, 27], NHWC)).toEqual([8, 28, 27, 3]); // [B, C, H, W]
    expect(physical([16, 3, 4, 5], HWIO)).toEqual([4, 5, 3, 16]); // [co, ci, kh, kw]
    expect(physical([7, 8], plain(2))).toEqual([7, 8]);
  });
});
