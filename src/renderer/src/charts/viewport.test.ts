import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pan, within, zoomAbout, type Range } from './viewport.ts';

const WHOLE = 1000;
const range = fc
  .tuple(fc.double({ min: 0, max: WHOLE - 10, noNaN: true }), fc.double({ min: 4, max: WHOLE, noNaN: true }))
  .map(([from, width]): Range => [from, Math.min(WHOLE, from + width)]);
const isInside = (r: Range | undefined) => r === undefined || (r[0] >= 0 && r[1] <= WHOLE + 1e-9 && r[1] - r[0] >= 4 - 1e-9);

describe('zooming', () => {
  it('leaves what is under the pointer where it is, away from the ends', () => {
    const [from, to] = zoomAbout([400, 600], 0.5, 450, WHOLE)!;
    expect([from, to]).toEqual([425, 525]);
    expect((450 - from) / (to - from)).toBeCloseTo((450 - 400) / 200);
  });
  it('out to the whole shows the whole', () => {
    expect(zoomAbout([400, 600], 5, 500, WHOLE)).toBeUndefined();
    expect(within([-5, 1200], WHOLE)).toBeUndefined();
  });
  it('and moving never leave the plan, nor become too narrow to read', () => {
    fc.assert(
      fc.property(
        range,
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: -2000, max: 2000, noNaN: true }),
        (r, factor, share, by) => {
          expect(isInside(zoomAbout(r, factor, r[0] + share * (r[1] - r[0]), WHOLE))).toBe(true);
          expect(isInside(within(r, WHOLE))).toBe(true);
          const moved = pan(r, by, WHOLE);
          expect(isInside(moved)).toBe(true);
          expect(moved[1] - moved[0]).toBeCloseTo(r[1] - r[0], 6);
        },
      ),
    );
  });
});
