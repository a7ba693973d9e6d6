import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Run } from '#contract/run.ts';
import { sweepColumns, type SweepColumn, type SweepKind } from '../sample/sweep.ts';
import { useNotices } from './notices.ts';
import { useSampler } from './sampler.ts';
import { useSamplings, type Sampling } from './samplings.ts';

/** Frames of a column on its way: enough to see it go on. */
const FRAMES = 10;

interface Sweep {
  kind: SweepKind;
  run: string;
  columns: readonly SweepColumn[];
  /** of the columns' samplings */
  keys: readonly number[];
}

/** The last sweep that was started: samplings that wait for each other. It goes on while the person looks at other pages. */
export const useSweeps = defineStore('sweeps', () => {
  const samplings = useSamplings();
  const sampler = useSampler();
  const notices = useNotices();

  const sweep = shallowRef<Sweep>();
  const isAsking = ref(false);
  const columns = computed((): { column: SweepColumn; sampling: Sampling | undefined }[] =>
    (sweep.value?.columns ?? []).map((column, i) => ({ column, sampling: samplings.byKey.get(sweep.value!.keys[i]!) })),
  );
  const isRunning = computed(() => columns.value.some(({ sampling }) => sampling?.state.status === 'running'));
  /** the share that is done, over all columns' steps */
  const done = computed(() => {
    let [finished, all] = [0, 0];
    for (const { sampling } of columns.value) {
      const steps = sampling?.plan.steps ?? 0;
      all += steps;
      finished += sampling?.state.status === 'done' ? steps : (sampling?.progress?.step ?? 0);
    }
    return all === 0 ? 0 : finished / all;
  });

  /** Starts one in place of what was swept before. */
  async function start(kind: SweepKind, run: Run, epoch: number): Promise<void> {
    if (isAsking.value) return;
    isAsking.value = true;
    drop();
    const of = sweepColumns(kind, run, epoch, sampler.optionsFor(run));
    const started = of.map(({ options, epoch: at }) => samplings.start({ ...options, run: run.id, epoch: at, frames: FRAMES }));
    sweep.value = { kind, run: run.id, columns: of, keys: started.map(({ key }) => key) };
    await notices.attempt(Promise.all(started.map((each) => each.started)));
    isAsking.value = false;
  }
  /** Ends it within a step; what had come stays. */
  async function cancel(): Promise<void> {
    // the last ones first, or the next would begin as one ends
    const keys = [...(sweep.value?.keys ?? [])].reverse();
    await notices.attempt(Promise.all(keys.map((key) => samplings.cancel(key))));
  }
  /** Ends it and forgets it. */
  function drop(): void {
    for (const key of [...(sweep.value?.keys ?? [])].reverse()) samplings.drop(key);
    sweep.value = undefined;
  }
  return { sweep, columns, isRunning, isAsking, done, start, cancel, drop };
});
