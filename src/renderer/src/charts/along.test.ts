import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alongOf, isTimed, type Clocked } from './along.ts';

/** A curve whose steps took these seconds each. */
function clocked(each: number[], first = 1): Clocked {
  let sum = 0;
  return {
    stepsPerEpoch: 10,
    batchSize: 4,
    steps: Int32Array.from(each, (_, i) => first + i),
    seconds: Float32Array.from(each, (seconds) => (sum += seconds)),
  };
}

describe('the x axis', () => {
  it('counts steps, epochs, images, or the seconds of training', () => {
    const curve = clocked([2, 1, 1, 4]);
    const at = (by: Parameters<typeof alongOf>[1]) => [0, 1, 3, 4].map(alongOf(curve, by).at);
    expect([at('step'), at('epoch'), at('image'), at('time')]).toEqual([
      [0, 1, 3, 4],
      [0, 0.1, 0.3, 0.4],
      [0, 4, 12, 16],
      [0, 2, 4, 8],
    ]);
  });
  it('of time goes on at the pace so far, behind the last step', () => {
    const { at, stepAt } = alongOf(clocked([2, 1, 1, 4]), 'time');
    expect([at(6), stepAt(12)]).toEqual([12, 6]);
    expect(alongOf(clocked([]), 'time').at(0)).toBe(0);
  });
  it('leads from steps to values and back', () => {
    const seconds = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(seconds, fc.constantFrom('step', 'epoch', 'image', 'time'), fc.nat(400), (each, by, tenths) => {
        const { at, stepAt } = alongOf(clocked(each), by);
        const step = tenths / 4;
        expect(stepAt(at(step))).toBeCloseTo(step, 4);
        expect(at(step + 1)).toBeGreaterThan(at(step));
      }),
    );
  });
  it('has no time where a curve does not say it, or none has begun', () => {
    const untimed = { ...clocked([1, 1]), seconds: Float32Array.of(NaN, NaN) };
    expect([isTimed([clocked([1]), clocked([])]), isTimed([clocked([1]), untimed]), isTimed([clocked([])])]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
