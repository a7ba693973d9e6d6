// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MetricColumns } from '#contract/metrics.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useMetrics } from './metrics.ts';

/** Steps `from` to `to`, their losses the step numbers divided by `of`; a test loss after every tenth. */
function columns(from: number, to: number, of = 1): MetricColumns {
  const steps = Int32Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  const tests = steps.filter((s) => s % 10 === 0);
  return {
    steps,
    losses: Float32Array.from(steps, (s) => s / of),
    learningRates: Float32Array.from(steps, () => 0.5),
    seconds: Float32Array.from(steps, (s) => s / 4),
    testSteps: tests,
    testLosses: Float32Array.from(tests, (s) => -s),
  };
}

function open(initial: MetricColumns) {
  const state = { whole: initial, gate: Promise.resolve() };
  const scripted = scriptedLink({
    'runs.metrics': async () => {
      const { whole, gate } = state;
      await gate;
      return whole;
    },
  });
  openStudio(scripted.link);
  const metrics = useMetrics();
  return { state, scripted, metrics, shown: () => metrics.curves.get('a') };
}
/** lets answers that are on their way arrive */
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('metrics', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('load once and grow by events', async () => {
    const { scripted, metrics, shown } = open(columns(1, 2000));
    await metrics.follow('a').ready;
    for (let step = 2001; step <= 3000; step += 100) scripted.tell('run.metrics', { id: 'a', columns: columns(step, step + 99) });
    expect(shown()).toEqual(columns(1, 3000));
    expect(scripted.count('runs.metrics')).toBe(1);
  });

  it('grow and are cut with the losses by quarter of t', async () => {
    const withQuarters = (from: number, to: number): MetricColumns => {
      const plain = columns(from, to);
      return { ...plain, quarterLosses: Float32Array.from({ length: 4 * plain.steps.length }, (_, i) => 10 * from + i) };
    };
    const { scripted, metrics, shown } = open(withQuarters(1, 2));
    await metrics.follow('a').ready;
    scripted.tell('run.metrics', { id: 'a', columns: withQuarters(3, 4) });
    expect([...shown()!.quarterLosses!]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 30, 31, 32, 33, 34, 35, 36, 37]);
    scripted.tell('run.cut', { id: 'a', step: 3 });
    expect([...shown()!.quarterLosses!.subarray(8)]).toEqual([30, 31, 32, 33]);
  });

  it('take events that come while the curve is on its way, and none twice', async () => {
    let arrive!: () => void;
    const { state, scripted, metrics, shown } = open(columns(1, 15));
    state.gate = new Promise((resolve) => (arrive = resolve));
    const { ready } = metrics.follow('a');
    scripted.tell('run.metrics', { id: 'a', columns: columns(11, 20) });
    arrive();
    await ready;
    scripted.tell('run.metrics', { id: 'a', columns: columns(18, 22) });
    expect(shown()).toEqual(columns(1, 22));
  });

  it('fetch the whole curve again when an event went missing', async () => {
    const { state, scripted, metrics, shown } = open(columns(1, 10));
    await metrics.follow('a').ready;
    state.whole = columns(1, 40);
    scripted.tell('run.metrics', { id: 'a', columns: columns(31, 40) });
    await settle();
    expect(shown()).toEqual(columns(1, 40));
  });

  it('drop what a resume made void, and go on from there', async () => {
    const { scripted, metrics, shown } = open(columns(1, 50));
    await metrics.follow('a').ready;
    scripted.tell('run.cut', { id: 'a', step: 24 });
    expect(shown()).toEqual(columns(1, 24));
    scripted.tell('run.metrics', { id: 'a', columns: columns(25, 30, 2) });
    expect(shown()!.steps.length).toBe(30);
    expect([shown()!.losses[23], shown()!.losses[24]]).toEqual([24, 12.5]);
    expect([...shown()!.testSteps]).toEqual([10, 20, 30]);
  });

  it('do not bring void steps back when the cut comes while the curve is on its way', async () => {
    let arrive!: () => void;
    const { state, scripted, metrics, shown } = open(columns(1, 50));
    state.gate = new Promise((resolve) => (arrive = resolve));
    const { ready } = metrics.follow('a');
    state.whole = columns(1, 24);
    scripted.tell('run.cut', { id: 'a', step: 24 });
    arrive();
    await ready;
    await settle();
    expect(shown()).toEqual(columns(1, 24));
  });

  it('forget a run when its last viewer closes, and load it afresh', async () => {
    const { scripted, metrics, shown } = open(columns(1, 5));
    const [first, second] = [metrics.follow('a'), metrics.follow('a')];
    await first.ready;
    first.close();
    first.close();
    expect(shown()).toBeDefined();
    second.close();
    expect(shown()).toBeUndefined();
    await metrics.follow('a').ready;
    expect(scripted.count('runs.metrics')).toBe(2);
  });
});
