import { describe, expect, it } from 'vitest';
import { curvePath, heightOf, marksOf, timestepAt, xOf, type Plot } from './schedule-curves.ts';
import { mixtureAt, timestepOf, type ScheduleTable } from './schedule.ts';

const plot: Plot = { left: 30, right: 330, top: 10, bottom: 110 };
/** ᾱ falls from 1 to 0 in a straight line */
function straight(timesteps: number): ScheduleTable {
  const alphaBar = Float64Array.from({ length: timesteps + 1 }, (_, t) => 1 - t / timesteps);
  return { alphaBar, beta: alphaBar, alpha: alphaBar, snr: alphaBar.map((a) => a / (1 - a)) };
}
const points = (path: string) =>
  path
    .slice(1)
    .split('L')
    .map((point) => point.split(',').map(Number) as [number, number]);

describe('the curves of a schedule', () => {
  it('run from the left edge to the right, and show the values', () => {
    const curve = points(curvePath(plot, 'alphaBar', straight(300)));
    expect([curve[0], curve.at(-1)]).toEqual([
      [30, 10],
      [330, 110],
    ]);
    for (const [x, y] of curve) expect(y).toBeCloseTo(10 + (x - 30) / 3, 0);
  });
  it('have no more points than pixels, and no fewer than t', () => {
    expect(points(curvePath(plot, 'alphaBar', straight(4000)))).toHaveLength(301);
    expect(points(curvePath(plot, 'alphaBar', straight(10)))).toHaveLength(11);
  });
  it('show the signal-to-noise ratio in decades, and stay in the plot where it has no end', () => {
    expect(heightOf('snr', 1)).toBe(0.5);
    expect(heightOf('snr', 100)).toBe(0.75);
    expect([heightOf('snr', Infinity), heightOf('snr', 0)]).toEqual([1, 0]);
    for (const [, y] of points(curvePath(plot, 'snr', straight(300)))) {
      expect(y).toBeGreaterThanOrEqual(10);
      expect(y).toBeLessThanOrEqual(110);
    }
    expect(marksOf('snr').map(({ label }) => label)).toEqual(['10⁻⁴', '10⁻²', '1', '10²', '10⁴']);
  });
  it('tell the t under the pointer, and none beyond', () => {
    for (const t of [0, 7, 300]) expect(timestepAt(plot, xOf(plot, t, 300), 300)).toBe(t);
    expect([timestepAt(plot, 0, 300), timestepAt(plot, 1000, 300)]).toEqual([0, 300]);
  });
});

describe('a mixture', () => {
  it('keeps the sum of squares', () => {
    const { a, s } = mixtureAt(straight(300), 75);
    expect(a * a).toBeCloseTo(0.75);
    expect(a * a + s * s).toBeCloseTo(1);
  });
  it('has as much noise for each bit of digit as a σ', () => {
    for (const sigma of [0.1, 0.5, 1]) {
      const { a, s } = mixtureAt(straight(300), timestepOf(straight(300), sigma));
      expect(s / a).toBeCloseTo(sigma, 1);
    }
    expect(timestepOf(straight(300), 0)).toBe(0);
    expect(timestepOf(straight(300), 1000)).toBe(300);
  });
});
