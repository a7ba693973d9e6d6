import { describe, expect, it } from 'vitest';
import { smoothLosses } from '#contract/curve.ts';
import { Extremes } from '#contract/extremes.ts';
import { placeIn } from './drawing.ts';
import type { LossSeries } from './loss-series.ts';
import { lineNear, rateOf, readingsAt, spoken, titleOf } from './reading.ts';

/** A line that falls from 1 by halves, a step each. */
function line(key: string, steps: number, more: Partial<LossSeries> = {}): LossSeries {
  const losses = Float32Array.from({ length: steps }, (_, i) => 2 ** -i);
  return {
    key,
    name: `Run ${key}`,
    mark: undefined,
    colour: 'd1',
    live: false,
    epoch: undefined,
    total: 10,
    stepsPerEpoch: 4,
    batchSize: 64,
    steps: Int32Array.from(losses, (_, i) => i + 1),
    losses,
    smooth: smoothLosses(losses, 10),
    extremes: new Extremes(),
    lowest: steps - 1,
    learningRates: new Float32Array(steps).fill(0.002),
    seconds: Float32Array.from(losses, (_, i) => 30 * (i + 1)),
    raw: true,
    testSteps: Int32Array.of(4),
    testLosses: Float32Array.of(0.5),
    ...more,
  };
}
const view = [0, 10] as const;
const place = placeIn({ left: 0, right: 1000, top: 0, bottom: 300 }, { range: view, scale: 'log', y: { min: 0.001, max: 1 } });
const chart = { by: 'step', view, place } as const;

describe('the crosshair', () => {
  it('snaps to the nearest step, with what every line has there', () => {
    const readings = readingsAt([line('a', 8), line('b', 8)], 4.3, chart);
    expect(readings.map(({ series, step, raw, test, x }) => [series.key, step, raw, test, x])).toEqual([
      ['a', 4, '0.1250', '0.5000', 400],
      ['b', 4, '0.1250', '0.5000', 400],
    ]);
    expect(titleOf(readings[0]!, [line('a', 8)], 'step')).toBe('Step 4, epoch 1');
    expect(rateOf(readings[0]!)).toBe('0.002');
  });
  it('leaves out a line that has ended, but stays on the end of one alone', () => {
    expect(readingsAt([line('a', 8), line('b', 3)], 7, chart).map(({ series }) => series.key)).toEqual(['a']);
    expect(readingsAt([line('b', 3)], 7, chart).map(({ step }) => step)).toEqual([3]);
  });
  it('has nothing outside the part in view', () => {
    expect(readingsAt([line('a', 8)], 4, { ...chart, view: [5, 10] })).toEqual([]);
    expect(readingsAt([line('a', 8)], undefined, chart)).toEqual([]);
  });
  it('means the line that is near, and none that is far', () => {
    const readings = readingsAt([line('a', 8), line('b', 8, { smooth: new Float32Array(8).fill(0.9) })], 6, chart);
    const [a, b] = readings.map(({ y }) => y);
    expect(lineNear(readings, a! + 5)).toBe('a');
    expect(lineNear(readings, b! - 2)).toBe('b');
    expect(lineNear(readings, (a! + b!) / 2)).toBeUndefined();
  });
  it('stands at a time of training, where each line is at a step of its own', () => {
    const lines = [line('a', 8), line('b', 8, { seconds: Float32Array.from({ length: 8 }, (_, i) => 1800 * (i + 1)) })];
    const view = [0, 20_000] as const;
    const timed = { by: 'time', view, place: { ...place, x: (value: number) => value / 20 } } as const;
    const early = readingsAt(lines, 240, timed);
    expect(early.map(({ step, x }) => [step, x])).toEqual([
      [8, 12],
      [1, 90],
    ]);
    const titles = [20, 100, 3700].map((at) => titleOf(readingsAt([lines[at > 1000 ? 1 : 0]!], at, timed)[0]!, lines, 'time'));
    expect(titles).toEqual(['After 30.0 s', 'After 1:30 min', 'After 1:00:00 h']);
    expect(spoken(early, false, 'time')).toMatch(/^after 4:00 min: Run a 0\.0078, Run b 1\.0000$/);
  });
  it('is said in words', () => {
    const lines = [line('a', 8), line('b', 8)];
    expect(spoken([], true, 'step')).toBe('no step yet');
    expect(spoken(readingsAt([lines[0]!], 4, chart), true, 'step')).toMatch(/^step 4, epoch 1: loss 0\.1250, smoothed 0\.\d+$/);
    expect(spoken(readingsAt(lines, 4, chart), false, 'step')).toMatch(/^step 4: Run a 0\.\d+, Run b 0\.\d+$/);
  });
});
