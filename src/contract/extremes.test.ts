import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Extremes, sameUntil } from './extremes.ts';

const value = fc.oneof({ weight: 8, arbitrary: fc.float({ noNaN: true }) }, fc.constantFrom(NaN, Infinity, -Infinity, 0));
const finite = (values: Iterable<number>): number[] => [...values].filter(Number.isFinite);

describe('the extremes of a curve that grows', () => {
  it('are the lowest and highest finite value of any stretch, at every moment, also after a cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ cut: fc.nat(400), add: fc.array(value, { maxLength: 200 }) }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(1200), fc.nat(1200)), { minLength: 1, maxLength: 20 }),
        (events, stretches) => {
          const extremes = new Extremes();
          let curve: number[] = [];
          for (const { cut, add } of events) {
            // a third of the events cut it back
            const same = cut % 3 === 0 ? Math.min(cut, curve.length) : curve.length;
            curve = [...curve.slice(0, same), ...add];
            const values = Float32Array.from(curve);
            extremes.update(values, same);
            for (const [a, b] of stretches) {
              const [from, to] = [Math.min(a, b, values.length), Math.min(Math.max(a, b), values.length)];
              const inside = finite(values.subarray(from, to));
              extremes.look(from, to);
              expect([extremes.low, extremes.high]).toEqual([Math.min(...inside), Math.max(...inside)]);
            }
            const all = finite(values);
            expect(extremes.lowest()).toBe(all.length === 0 ? -1 : values.indexOf(Math.min(...all)));
          }
        },
      ),
    );
  });
});

describe('what two curves share', () => {
  it('is all of the shorter one where both are views of one memory', () => {
    const memory = new Float32Array(100);
    expect(sameUntil(memory.subarray(0, 40), memory.subarray(0, 60))).toBe(40);
  });
  it('ends where they differ, and goes on over what is no number in both', () => {
    expect(sameUntil(Float32Array.of(1, NaN, 3), Float32Array.of(1, NaN, 4, 5))).toBe(2);
    expect(sameUntil(Float32Array.of(1, 2), Float32Array.of(1, 2, 3))).toBe(2);
  });
});
