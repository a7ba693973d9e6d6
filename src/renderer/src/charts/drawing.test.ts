import { describe, expect, it } from 'vitest';
import { smoothLosses } from '#contract/curve.ts';
import { Extremes } from '#contract/extremes.ts';
import { bestPoint, draw, endMarks, nearest, placeIn, wholeOf } from './drawing.ts';
import type { LossSeries } from './loss-series.ts';
import { bandAlpha } from './paint.ts';

function seriesOf(losses: number[], more: Partial<LossSeries> & { tests?: [number, number][] } = {}): LossSeries {
  const { tests = [], ...rest } = more;
  const values = Float32Array.from(losses);
  const smooth = rest.smooth ?? smoothLosses(values, 1000);
  const [extremes, smoothed] = [new Extremes(), new Extremes()];
  extremes.update(values, 0);
  smoothed.update(smooth, 0);
  return {
    key: 'a',
    name: 'A',
    mark: undefined,
    colour: 'd1',
    live: false,
    epoch: undefined,
    total: 1000,
    stepsPerEpoch: 100,
    batchSize: 64,
    steps: Int32Array.from(losses, (_, i) => i + 1),
    losses: values,
    smooth,
    extremes,
    lowest: smoothed.lowest(),
    learningRates: new Float32Array(losses.length),
    // half a second a step
    seconds: Float32Array.from(losses, (_, i) => (i + 1) / 2),
    raw: true,
    testSteps: Int32Array.from(tests, ([step]) => step),
    testLosses: Float32Array.from(tests, ([, loss]) => loss),
    ...rest,
  };
}
const falling = seriesOf(
  Array.from({ length: 1000 }, (_, i) => 0.01 + 0.3 / (1 + i)),
  {
    tests: [
      [250, 0.013],
      [500, 0.012],
    ],
  },
);
const view = { scale: 'log', by: 'step', range: undefined, columns: 200 } as const;

describe('the drawn curve', () => {
  it('has about one point for each column, whatever the length of the run', () => {
    const { band, line } = draw([falling], view).series[0]!;
    expect(Math.max(band!.x.length, line.x.length)).toBeLessThanOrEqual(204);
    expect(line.x.length).toBeGreaterThan(190);
  });
  it('has whole ticks around all values on a log axis', () => {
    expect(draw([falling], view).y).toEqual({ min: 0.01, max: 0.5 });
  });
  it('has one axis around all runs that are overlaid', () => {
    const high = seriesOf([8, 7, 6], { key: 'b' });
    expect(draw([falling, high], view).y).toEqual({ min: 0.01, max: 10 });
  });
  it('gives several runs the height that their smoothed lines differ in, one alone that of its single steps', () => {
    const noisy = Array.from({ length: 1000 }, (_, i) => (i % 50 === 25 ? 40 : 0.1));
    const [a, b] = [seriesOf(noisy), seriesOf(noisy, { key: 'b' })];
    expect(draw([a], view).y.max).toBeGreaterThanOrEqual(40);
    expect(draw([a, b], view).y.max).toBeLessThan(1);
  });
  it('marks the end of the epoch whose pictures are shown, once the curve is there', () => {
    const at = (epoch: number) => draw([{ ...falling, epoch }], view).series[0]!.shown;
    expect(at(3)).toEqual({ x: 300, y: falling.smooth[299] });
    expect(at(10)?.x).toBe(1000);
    expect(at(11)).toBeUndefined();
    expect(draw([falling], view).series[0]!.shown).toBeUndefined();
  });
  it('starts at 0 on a linear axis and cuts off the steep start', () => {
    const { min, max } = draw([falling], { ...view, scale: 'linear' }).y;
    expect(min).toBe(0);
    expect(max).toBeLessThan(0.1);
    expect(max).toBeGreaterThan(0.013);
  });
  it('has axes before its first point', () => {
    const drawing = draw([seriesOf([])], view);
    expect(drawing).toMatchObject({ range: [0, 1000], y: { min: 0.005, max: 0.5 } });
    expect(drawing.series[0]).toMatchObject({ last: undefined, best: undefined });
  });
  it('shows the test losses in view alone, and leaves out losses that are no longer a number', () => {
    const part = draw([falling], { ...view, range: [0, 300] });
    expect(part.series[0]!.tests).toEqual([{ x: 250, y: expect.closeTo(0.013) as number }]);
    const broken = draw([seriesOf([0.5, 0.4, NaN, NaN, NaN, NaN])], view);
    expect([...broken.series[0]!.band!.low].every(Number.isFinite)).toBe(true);
    expect(broken.y.max).toBe(0.5);
  });
  it('lines runs with other batches up by epochs', () => {
    const other = seriesOf([1, 1, 1], { key: 'b', stepsPerEpoch: 50, total: 750 });
    const bySteps = draw([falling, other], view);
    expect([bySteps.whole, bySteps.epoch]).toEqual([1000, undefined]);
    const byEpochs = draw([falling, other], { ...view, by: 'epoch' });
    expect([byEpochs.whole, byEpochs.epoch]).toEqual([15, 1]);
    expect(byEpochs.series.map(({ along }) => along.at(100))).toEqual([1, 2]);
    // the second epoch of each: its steps 101 to 200, and 51 to 100
    const second = draw([falling, falling], { ...view, by: 'epoch', range: [1, 2] });
    expect(second.series[0]!.line.x.at(-1)).toBe(200);
    // by images, a batch twice as large goes twice as far in a step
    const byImages = draw([falling, { ...other, batchSize: 128 }], { ...view, by: 'image' });
    expect([byImages.whole, byImages.epoch]).toEqual([750 * 128, 100 * 64]);
  });
});

describe('the axis of time', () => {
  const slow = seriesOf(new Array<number>(200).fill(0.1), {
    key: 'b',
    seconds: Float32Array.from({ length: 200 }, (_, i) => 4 * (i + 1)),
  });

  it('has each step where it was in its own training, and ends with the last one', () => {
    const { whole, epoch, series } = draw([falling, slow], { ...view, by: 'time' });
    expect([whole, epoch]).toEqual([800, undefined]);
    expect(series.map(({ along, line }) => along.at(line.x.at(-1)!))).toEqual([500, 800]);
    expect(series[0]!.line.x.at(-1)).toBe(1000);
  });
  it('shows what was trained between two times', () => {
    const { series } = draw([falling, slow], { ...view, by: 'time', range: [100, 200] });
    // with a neighbour before, so that the line runs to the edge
    expect(series.map(({ line }) => [line.x[0], line.x.at(-1)])).toEqual([
      [199, 400],
      [24, 50],
    ]);
    expect(series[0]!.tests).toEqual([{ x: 250, y: expect.closeTo(0.013) as number }]);
  });
  it('of a run that goes on reaches to about its end, in round steps', () => {
    // 1000 steps of 4 s
    expect(wholeOf([{ ...slow, live: true }], 'time')).toBe(4000);
    expect(wholeOf([{ ...slow, live: true, total: 1001 }], 'time')).toBe(4500);
    expect(wholeOf([seriesOf([], { live: true })], 'time')).toBe(1);
  });
});

describe('the lowest loss', () => {
  it('is that of the smoothed curve, and where it is', () => {
    expect(bestPoint(seriesOf([3, 2, 1, 2, 3], { smooth: Float32Array.of(3, 2, NaN, 1.5, 3) }))).toEqual({ x: 4, y: 1.5 });
  });
});

describe('places', () => {
  const area = { left: 10, right: 110, top: 20, bottom: 220 };
  it('are even in the logarithm on a log axis, and in the loss on a linear one', () => {
    const log = placeIn(area, { range: [0, 100], scale: 'log', y: { min: 0.01, max: 1 } });
    expect([log.y(1), log.y(0.1), log.y(0.01), log.y(0)]).toEqual([20, 120, 220, 220].map((v) => expect.closeTo(v) as number));
    expect([log.x(0), log.x(50), log.x(100)]).toEqual([10, 60, 110]);
    const linear = placeIn(area, { range: [0, 100], scale: 'linear', y: { min: 0, max: 2 } });
    expect([linear.y(2), linear.y(1), linear.y(0)]).toEqual([20, 120, 220]);
  });
  it('of the letters at the ends of lines are apart', () => {
    const lines = [0.1, 0.101, 0.099].map((loss, i) =>
      seriesOf(
        Array.from({ length: 1000 }, () => loss),
        { key: String(i), mark: 'ABC'[i]! },
      ),
    );
    const drawing = draw(lines, view);
    const marks = endMarks(drawing, placeIn(area, drawing));
    expect(marks).toHaveLength(3);
    expect(marks[1]!.y - marks[0]!.y).toBeGreaterThan(11.99);
    expect(marks[2]!.y - marks[1]!.y).toBeGreaterThan(11.99);
    expect(marks.map(({ series }) => series.mark)).toEqual(['B', 'A', 'C']);
  });
});

describe('the crosshair', () => {
  it('snaps to the nearest step there is', () => {
    const steps = Int32Array.of(1, 2, 3, 10);
    expect([-5, 1.4, 1.6, 7, 99].map((at) => nearest(steps, at))).toEqual([0, 0, 1, 3, 3]);
    expect(nearest(new Int32Array(0), 3)).toBe(-1);
  });
});

it('shows the single steps of one of several lines, and of all a shade while none stands out', () => {
  const lines = [falling, { ...falling, key: 'b' }];
  const alphas = (lead?: string) => lines.map(({ key }) => bandAlpha(draw(lines, { ...view, lead }), key));
  expect(alphas('b')).toEqual([0, expect.closeTo(0.22)]);
  const [a, b] = alphas();
  expect(a).toBe(b);
  expect(a).toBeLessThan(bandAlpha(draw([falling], view), 'a'));
  expect(a).toBeGreaterThan(0);
});
