import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossesByQuarter } from './quarters.ts';

describe('the losses by quarter of t', () => {
  it('are means over the images whose t lies in (0, ¼], (¼, ½], (½, ¾], (¾, 1]', () => {
    const t = Float32Array.of(1 / 300, 0.25, 76 / 300, 0.5, 0.75, 0.76, 1);
    const losses = Float32Array.of(1, 3, 5, 7, 9, 10, 20);
    expect(lossesByQuarter(t, losses)).toEqual([2, 6, 9, 15]);
  });

  it('are null where no image has such a t, and take t = 0 with the first', () => {
    expect(lossesByQuarter(Float32Array.of(0, 0.9), Float32Array.of(2, 4))).toEqual([2, null, null, 4]);
    expect(lossesByQuarter(new Float32Array(), new Float32Array())).toEqual([null, null, null, null]);
  });

  it('have the mean loss as their mean, weighted by how many images each has', () => {
    const image = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 1000 }));
    fc.assert(
      fc.property(fc.array(image, { minLength: 1 }), (images) => {
        const t = Float32Array.from(images, ([step]) => step / 300);
        const quarters = lossesByQuarter(
          t,
          Float32Array.from(images, ([, loss]) => loss),
        );
        const counts = [0, 1, 2, 3].map((q) => images.filter(([step]) => step > 75 * q && step <= 75 * (q + 1)).length);
        const sum = quarters.reduce<number>((all, loss, q) => all + (loss ?? 0) * counts[q]!, 0);
        expect(sum).toBeCloseTo(
          images.reduce((all, [, loss]) => all + loss, 0),
          6,
        );
        quarters.forEach((loss, q) => expect(loss === null).toBe(counts[q] === 0));
      }),
    );
  });
});
