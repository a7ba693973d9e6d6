import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Extremes } from './extremes.ts';
import { createSmoothing, logTicks, minMaxBand, smoothLosses, thinCurve } from './curve.ts';

const ascending = (n: number) => Int32Array.from({ length: n }, (_, i) => i + 1);

describe('smoothLosses', () => {
  it('leaves a constant curve as it is', () => {
    for (const value of smoothLosses(new Float32Array(50).fill(0.25), 50)) expect(value).toBeCloseTo(0.25, 6);
  });
  it('does not lag behind a steady fall, not at its ends either: a straight line in log scale stays one', () => {
    const losses = Float32Array.from({ length: 400 }, (_, i) => Math.exp(-i / 100));
    const smooth = smoothLosses(losses, 400);
    for (let i = 0; i < 400; i++) expect(smooth[i]! / losses[i]!).toBeCloseTo(1, 4);
  });
  it('keeps points that are out of the window of new steps where they are', () => {
    const losses = Float32Array.from({ length: 300 }, (_, i) => 0.1 + 0.01 * Math.sin(i * i));
    const early = smoothLosses(losses.subarray(0, 200), 1000);
    const late = smoothLosses(losses, 1000);
    expect([...late.subarray(0, 180)]).toEqual([...early.subarray(0, 180)]);
  });
  it('evens out noise', () => {
    const losses = Float32Array.from({ length: 2000 }, (_, i) => 0.1 * Math.exp(0.3 * Math.sin(i * i)));
    const smooth = smoothLosses(losses, 2000);
    for (let i = 500; i < 2000; i++) expect(Math.abs(Math.log(smooth[i]! / 0.1))).toBeLessThan(0.15);
  });
  it('stays exact far into a long run', () => {
    const losses = new Float32Array(200_000).fill(0.25);
    expect(smoothLosses(losses, 1000).at(-1)).toBeCloseTo(0.25, 5);
  });
  it('leaves out losses that are no longer a number', () => {
    const losses = new Float32Array(40).fill(0.5);
    losses[20] = NaN;
    losses[21] = Infinity;
    expect(smoothLosses(losses, 40)[20]).toBeCloseTo(0.5, 6);
    expect(smoothLosses(Float32Array.of(NaN, NaN), 2)[0]).toBeNaN();
  });
});

describe('a smoothing of a curve that grows', () => {
  const value = fc.oneof(fc.float({ min: Math.fround(0.001), max: 10, noNaN: true }), fc.constantFrom(NaN, Infinity, 0));
  it('gives at every moment what smoothing the whole gives, also after a cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }), add: fc.array(value, { maxLength: 120 }) }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.integer({ min: 1, max: 3000 }),
        (events, total) => {
          const smooth = createSmoothing(total);
          let curve: number[] = [];
          for (const { keep, add } of events) {
            // mostly it only grows; now and then a resume cuts it back
            curve = [...curve.slice(0, keep > 0.4 ? curve.length : Math.floor(curve.length * keep)), ...add];
            const losses = Float32Array.from(curve);
            expect(new Float32Array(smooth(losses))).toEqual(smoothLosses(losses, total));
          }
        },
      ),
    );
  });
});

describe('minMaxBand', () => {
  it('holds every visible value, in about as many groups as asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: Math.fround(0.001), max: 10, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 80 }),
        (values, columns) => {
          const band = minMaxBand(ascending(values.length), Float32Array.from(values), columns, 1, values.length);
          expect(band.x.length).toBeLessThanOrEqual(columns + 3);
          expect(Math.min(...band.low)).toBe(Math.min(...values));
          expect(Math.max(...band.high)).toBe(Math.max(...values));
        },
      ),
    );
  });
  it('has the lowest and highest value of every group, whatever steps are missing, and the same out of a tree that grew', () => {
    const value = fc.oneof({ weight: 6, arbitrary: fc.float({ min: 0, max: 10, noNaN: true }) }, fc.constantFrom(NaN, Infinity));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 40 })), value), {
          minLength: 1,
          maxLength: 400,
        }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(400),
        fc.integer({ min: 1, max: 900 }),
        fc.nat(400),
        (points, columns, first, span, grown) => {
          let step = 0;
          const steps = Int32Array.from(points, ([gap]) => (step += gap));
          const values = Float32Array.from(points, ([, each]) => each);
          const [at, end] = [first, first + span];
          const width = Math.max(1, Math.ceil((end - at) / columns));
          // as it reads: the visible points and a neighbour on each side, by groups, each with the first of the next one
          const seen = [...steps.keys()].filter((i) => (steps[i + 1] ?? Infinity) >= at && (steps[i - 1] ?? -Infinity) < end);
          const groups = seen.flatMap((i, n) => {
            const group = Math.floor(steps[i]! / width);
            if (n > 0 && Math.floor(steps[seen[n - 1]!]! / width) === group) return [];
            const own = seen.filter((j) => Math.floor(steps[j]! / width) === group);
            const next = own.at(-1)! + 1;
            const all = [...own, ...(seen.includes(next) ? [next] : [])].map((j) => values[j]!).filter(Number.isFinite);
            return all.length === 0 ? [] : [[steps[i]!, Math.min(...all), Math.max(...all)]];
          });
          const rows = ({ x, low, high }: ReturnType<typeof minMaxBand>) => Array.from(x, (each, i) => [each, low[i], high[i]]);
          expect(rows(minMaxBand(steps, values, columns, at, end))).toEqual(groups);
          const extremes = new Extremes();
          extremes.update(values.subarray(0, grown), 0);
          extremes.update(values, Math.min(grown, values.length));
          expect(rows(minMaxBand(steps, values, columns, at, end, extremes))).toEqual(groups);
        },
      ),
      { numRuns: 300 },
    );
  });
  it('reaches to the next column, so that sparse points still make a band', () => {
    const band = minMaxBand(ascending(3), Float32Array.of(1, 3, 2), 100, 1, 3);
    expect([...band.low]).toEqual([1, 2, 2]);
    expect([...band.high]).toEqual([3, 3, 2]);
  });
  it('takes one neighbour beyond each edge of the visible range', () => {
    expect([...minMaxBand(ascending(100), new Float32Array(100).fill(1), 200, 40, 60).x].at(0)).toBe(39);
    expect([...minMaxBand(ascending(100), new Float32Array(100).fill(1), 200, 40, 60).x].at(-1)).toBe(60);
  });
  it('keeps its groups while the curve grows, and while it is moved along', () => {
    const steps = ascending(5000);
    const values = Float32Array.from(steps, (step) => 1 + Math.sin(step * step));
    const whole = minMaxBand(steps, values, 100, 0, 6000);
    const early = minMaxBand(steps.subarray(0, 3000), values.subarray(0, 3000), 100, 0, 6000);
    const settled = early.x.length - 1;
    expect(settled).toBeGreaterThan(40);
    expect(whole.low.subarray(0, settled)).toEqual(early.low.subarray(0, settled));
    expect(whole.high.subarray(0, settled)).toEqual(early.high.subarray(0, settled));
    const moved = minMaxBand(steps, values, 10, 707, 1307);
    const at = whole.x.indexOf(moved.x[2]!);
    expect(moved.low.subarray(2, 8)).toEqual(whole.low.subarray(at, at + 6));
  });
  it('is empty without points', () => {
    expect(minMaxBand(ascending(0), new Float32Array(0), 10, 0, 10).x.length).toBe(0);
  });
});

describe('thinCurve', () => {
  it('keeps the first and the last point', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => i);
    const { x, y } = thinCurve(ascending(1000), values, 50, 1, 1000);
    expect(Math.abs(x.length - 50)).toBeLessThanOrEqual(4);
    expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([1, 0, 1000, 999]);
  });
});

describe('logTicks', () => {
  it('are 1, 2 and 5 times powers of ten within the range', () => {
    expect(logTicks(0.008, 0.3)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2]);
    expect(logTicks(3, 4)).toEqual([]);
  });
});
