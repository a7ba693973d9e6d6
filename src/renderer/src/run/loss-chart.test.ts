import { describe, expect, it } from 'vitest';
import { drawnCurve, lossTicks, nearest, smoothCurve, stepTicks } from './loss-chart.ts';

function curveOf(losses: number[], tests: [number, number][] = []) {
  const steps = Int32Array.from(losses, (_, i) => i + 1);
  return {
    steps,
    losses: Float32Array.from(losses),
    learningRates: new Float32Array(losses.length),
    testSteps: Int32Array.from(tests, ([step]) => step),
    testLosses: Float32Array.from(tests, ([, loss]) => loss),
  };
}
const falling = curveOf(
  Array.from({ length: 1000 }, (_, i) => 0.01 + 0.3 / (1 + i)),
  [
    [250, 0.013],
    [500, 0.012],
  ],
);

describe('the drawn curve', () => {
  it('has at most one point for each column, whatever the length of the run', () => {
    const { low, high, smooth } = drawnCurve(falling, smoothCurve(falling, 1000), 'log', 200, [0, 1000]);
    expect(Math.max(low.length, high.length, smooth.length)).toBeLessThanOrEqual(200);
  });
  it('has whole ticks around all values on a log axis', () => {
    expect(drawnCurve(falling, smoothCurve(falling, 1000), 'log', 200, [0, 1000]).y).toEqual({ min: 0.01, max: 0.5 });
  });
  it('starts at 0 on a linear axis and cuts off the steep start', () => {
    const { min, max } = drawnCurve(falling, smoothCurve(falling, 1000), 'linear', 200, [0, 1000]).y;
    expect(min).toBe(0);
    expect(max).toBeLessThan(0.1);
    expect(max).toBeGreaterThan(0.013);
  });
  it('has axes before its first point', () => {
    const empty = curveOf([]);
    const drawn = drawnCurve(empty, smoothCurve(empty, 1000), 'log', 200, [0, 1000]);
    expect(drawn).toMatchObject({ smooth: [], last: undefined, y: { min: 0.005, max: 0.5 } });
  });
  it('shows the test losses in view alone, and leaves out losses that are no longer a number', () => {
    expect(drawnCurve(falling, smoothCurve(falling, 1000), 'log', 200, [0, 300]).tests).toEqual([
      { x: 250, y: expect.closeTo(0.013) as number },
    ]);
    const broken = curveOf([0.5, 0.4, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN]);
    const drawn = drawnCurve(broken, smoothCurve(broken, 10), 'log', 200, [0, 10]);
    expect([...drawn.smooth, ...drawn.low].every((p) => Number.isFinite(p.y))).toBe(true);
  });
});

describe('ticks', () => {
  it('thin out to tens where 1-2-5 would crowd', () => {
    expect(lossTicks(0.005, 0.5)).toEqual([0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
    expect(lossTicks(1e-5, 10)).toEqual([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]);
  });
  it('on the step axis are round, apart, and end with the plan', () => {
    expect(stepTicks([0, 1175], 800)).toEqual([0, 200, 400, 600, 800, 1000, 1175]);
    expect(stepTicks([0, 5], 800)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('the crosshair', () => {
  it('snaps to the nearest step there is', () => {
    const steps = Int32Array.of(1, 2, 3, 10);
    expect([-5, 1.4, 1.6, 7, 99].map((at) => nearest(steps, at))).toEqual([0, 0, 1, 3, 3]);
    expect(nearest(new Int32Array(0), 3)).toBe(-1);
  });
});
