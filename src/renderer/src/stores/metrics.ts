import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import type { MetricColumns } from '#contract/metrics.ts';
import { useStudio } from '../client.ts';
import { CurveColumns } from './curve-columns.ts';
import { useNotices } from './notices.ts';

interface OpenCurve {
  columns: CurveColumns;
  viewers: number;
  /** events that came while the whole curve was on its way */
  waiting: MetricColumns[] | undefined;
}

/** Loss curves of the runs that are looked at: loaded once, then grown by events. */
export const useMetrics = defineStore('metrics', () => {
  const studio = useStudio();
  const notices = useNotices();
  const open = new Map<string, OpenCurve>();
  const curves = shallowReactive(new Map<string, MetricColumns>());

  /** Fetches a whole curve; a later fetch of the same one makes this one void. */
  async function load(id: string, curve: OpenCurve): Promise<void> {
    const waiting: MetricColumns[] = (curve.waiting = []);
    try {
      const whole = await studio.call('runs.metrics', { id });
      if (curve.waiting !== waiting) return;
      curve.columns = new CurveColumns();
      curve.columns.append(whole);
      for (const columns of waiting) curve.columns.append(columns);
      if (open.get(id) === curve) curves.set(id, curve.columns.view());
    } finally {
      if (curve.waiting === waiting) curve.waiting = undefined;
    }
  }
  const reloadOne = (id: string, curve: OpenCurve): void => void notices.attempt(load(id, curve));

  /** Follows a run's curve. Returns the promise of its first loading, and what ends the following. */
  function follow(id: string): { ready: Promise<void>; close: () => void } {
    let curve = open.get(id);
    let ready = Promise.resolve();
    if (curve === undefined) {
      curve = { columns: new CurveColumns(), viewers: 0, waiting: undefined };
      open.set(id, curve);
      ready = load(id, curve);
    }
    const followed = curve;
    followed.viewers++;
    let closed = false;
    return {
      ready,
      close: () => {
        if (closed) return;
        closed = true;
        if (--followed.viewers > 0) return;
        open.delete(id);
        curves.delete(id);
      },
    };
  }
  /** After a lost connection: events were missed. */
  const reload = (): Promise<unknown> => Promise.all([...open].map(([id, curve]) => load(id, curve)));

  onScopeDispose(
    studio.on('run.metrics', ({ id, columns }) => {
      const curve = open.get(id);
      if (curve === undefined) return;
      if (curve.waiting !== undefined) curve.waiting.push(columns);
      else if (curve.columns.append(columns)) curves.set(id, curve.columns.view());
      // an event went missing
      else reloadOne(id, curve);
    }),
  );
  onScopeDispose(
    studio.on('run.cut', ({ id, step }) => {
      const curve = open.get(id);
      if (curve === undefined) return;
      // an answer on its way may still hold the void steps: ask once more behind it
      if (curve.waiting !== undefined) reloadOne(id, curve);
      else {
        curve.columns.cut(step);
        curves.set(id, curve.columns.view());
      }
    }),
  );
  return { curves, follow, reload };
});
