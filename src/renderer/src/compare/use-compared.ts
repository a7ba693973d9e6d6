import { computed, onScopeDispose, reactive, watch, watchEffect, type ComputedRef, type ShallowRef } from 'vue';
import { stepsPerEpoch } from '#contract/recipe.ts';
import type { ErrorInfo } from '#contract/error.ts';
import type { MetricColumns } from '#contract/metrics.ts';
import type { Run } from '#contract/run.ts';
import { gridOptions, samplersOf, type SamplingPlan } from '#contract/sampling.ts';
import { seriesColour, type SeriesColour } from '../charts/loss-series.ts';
import { useGrids } from '../stores/grids.ts';
import { useMetrics } from '../stores/metrics.ts';
import { useNotices } from '../stores/notices.ts';
import { useRuns } from '../stores/runs.ts';
import { useSamples } from '../stores/samples.ts';
import { useSamplings, type Sampling } from '../stores/samplings.ts';
import { KEPT_SEED, type Pick, type Selection } from './selection.ts';

/** One of the things compared: a run at an epoch, and what it makes of the same noise as the others. */
export interface Compared {
  place: number;
  letter: string;
  colour: SeriesColour;
  pick: Pick;
  /** undefined when it is not in the library */
  run: Run | undefined;
  /** what a denoiser gives back, or what a diffusion or flow model makes up */
  kind: 'digits' | 'samples';
  /** what is shown; undefined before the first */
  epoch: number | undefined;
  /** the slider is beyond its last epoch */
  isBehind: boolean;
  count: number;
  /** count × 784 */
  images: Float32Array | undefined;
  /** of digits: what the network was given */
  noisy: Float32Array | undefined;
  plan: SamplingPlan | undefined;
  /** the noise level of `noisy` */
  sigma: number;
  loss: number | undefined;
  curve: MetricColumns | undefined;
  /** unsampled: this seed's images have to be sampled first */
  state:
    | { status: 'ready' | 'loading' | 'none' | 'unsampled' }
    | { status: 'sampling'; sampling: Sampling }
    | { status: 'failed'; error: ErrorInfo };
}

/** Digits on a row, as the assignment has them. */
export const COLUMNS = 10;
const GRID = 40;
/** Frames of a sampling here: enough to see it go on. */
const FRAMES = 20;

const epochsOf = (run: Run, seed: number): number[] => {
  const ends = run.checkpoints.map(({ epoch }) => epoch);
  const kept = run.recipe.objective === 'denoise' ? run.sampledEpochs : seed === KEPT_SEED ? [...run.gridEpochs, ...ends] : ends;
  return [...new Set(kept)].sort((a, b) => a - b);
};

/** What is compared, loaded as it is looked at. Samplings that it starts end with the page. */
export function useCompared(selection: ShallowRef<Selection>): {
  items: ComputedRef<Compared[]>;
  /** the last epoch that the slider reaches; 0 without any */
  last: ComputedRef<number>;
  /** where the slider stands */
  at: ComputedRef<number>;
  sample: (item: Compared) => void;
  cancel: (item: Compared) => void;
} {
  const runs = useRuns();
  const samples = useSamples();
  const grids = useGrids();
  const metrics = useMetrics();
  const samplings = useSamplings();
  const notices = useNotices();

  // curves of the runs, followed while they are compared
  const followed = new Map<string, () => void>();
  watch(
    () => [...new Set(selection.value.picks.map(({ run }) => run).filter((id) => runs.byId.has(id)))].sort().join(),
    (ids) => {
      const wanted = ids === '' ? [] : ids.split(',');
      for (const [id, close] of followed)
        if (!wanted.includes(id)) {
          close();
          followed.delete(id);
        }
      for (const id of wanted) {
        if (followed.has(id)) continue;
        const { ready, close } = metrics.follow(id);
        followed.set(id, close);
        void notices.attempt(ready);
      }
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    for (const close of followed.values()) close();
  });

  const last = computed(() => {
    const free = selection.value.picks.filter(({ epoch }) => epoch === undefined);
    return Math.max(
      0,
      ...free.map(({ run: id }) => {
        const run = runs.byId.get(id);
        return run === undefined ? 0 : (epochsOf(run, selection.value.seed).at(-1) ?? 0);
      }),
    );
  });
  const at = computed(() => Math.min(last.value, selection.value.epoch ?? last.value));

  /** samplings by what they are of */
  const keys = reactive(new Map<string, number>());
  const nameOf = (run: string, epoch: number): string => `${run}/${epoch}/${selection.value.seed}`;
  onScopeDispose(() => {
    for (const key of keys.values()) samplings.drop(key);
  });

  function look(pick: Pick, place: number): Compared {
    const run = runs.byId.get(pick.run);
    const kind = run === undefined || run.recipe.objective === 'denoise' ? 'digits' : 'samples';
    const base: Compared = {
      place,
      letter: String.fromCharCode(65 + place),
      colour: seriesColour(place),
      pick,
      run,
      kind,
      epoch: undefined,
      isBehind: false,
      count: kind === 'digits' ? COLUMNS : GRID,
      images: undefined,
      noisy: undefined,
      plan: undefined,
      sigma: 0,
      loss: undefined,
      curve: metrics.curves.get(pick.run),
      state: { status: 'none' },
    };
    if (run === undefined) return base;
    const epochs = epochsOf(run, selection.value.seed);
    const asked = pick.epoch ?? at.value;
    const epoch = epochs.filter((e) => e <= asked).at(-1) ?? epochs[0];
    if (epoch === undefined) return base;
    const known = { ...base, epoch, isBehind: epoch < asked, loss: lossAt(run, epoch, base.curve) };
    return kind === 'digits' ? withDigits(known, run, epoch) : withSamples(known, run, epoch);
  }
  function withDigits(item: Compared, run: Run, epoch: number): Compared {
    const state = samples.stateOf(run.id, epoch);
    if (state?.status === 'failed') return { ...item, state };
    if (state?.status !== 'ready') return { ...item, state: { status: 'loading' } };
    const { denoised, noisy, sigma, count } = state.value;
    return { ...item, count, images: denoised, noisy, sigma, state: { status: 'ready' } };
  }
  function withSamples(item: Compared, run: Run, epoch: number): Compared {
    if (selection.value.seed === KEPT_SEED && run.gridEpochs.includes(epoch)) {
      const state = grids.stateOf(run.id, epoch);
      if (state?.status === 'failed') return { ...item, state };
      if (state?.status !== 'ready') return { ...item, state: { status: 'loading' } };
      const { images, plan } = state.value;
      return { ...item, images, plan, count: plan.count, state: { status: 'ready' } };
    }
    const key = keys.get(nameOf(run.id, epoch));
    if (key === undefined) return { ...item, state: { status: 'unsampled' } };
    const sampling = samplings.byKey.get(key);
    if (sampling === undefined) return { ...item, state: { status: 'loading' } };
    const { plan, frames, state } = sampling;
    if (state.status === 'failed') return { ...item, plan, state };
    if (state.status === 'cancelled') return { ...item, plan, state: { status: 'unsampled' } };
    // on the way: what the network sees in the noise
    const images = frames.at(-1)?.x0;
    return { ...item, images, plan, state: state.status === 'done' ? { status: 'ready' } : { status: 'sampling', sampling } };
  }
  const items = computed(() => selection.value.picks.map(look));

  watchEffect(() => {
    for (const { run, kind, epoch } of items.value) {
      if (run === undefined || epoch === undefined) continue;
      if (kind === 'digits') samples.want(run.id, epoch);
      else if (selection.value.seed === KEPT_SEED && run.gridEpochs.includes(epoch)) grids.want(run.id, epoch);
    }
  });

  function sample({ run, epoch }: Compared): void {
    if (run === undefined || epoch === undefined || samplersOf[run.recipe.objective].length === 0) return;
    const name = nameOf(run.id, epoch);
    const { key, started } = samplings.start({
      ...gridOptions(run.recipe, epoch),
      seed: selection.value.seed,
      run: run.id,
      epoch,
      frames: FRAMES,
    });
    keys.set(name, key);
    started.catch((error: unknown) => {
      keys.delete(name);
      notices.report(error);
    });
  }
  function cancel({ run, epoch }: Compared): void {
    const name = run === undefined || epoch === undefined ? undefined : nameOf(run.id, epoch);
    const key = name === undefined ? undefined : keys.get(name);
    if (name === undefined || key === undefined) return;
    keys.delete(name);
    samplings.drop(key);
  }
  return { items, last, at, sample, cancel };
}

/** The loss on test digits at the end of an epoch, where it was taken; else the epoch's mean. */
function lossAt(run: Run, epoch: number, curve: MetricColumns | undefined): number | undefined {
  const perEpoch = stepsPerEpoch(run.recipe);
  const i = curve === undefined ? -1 : curve.testSteps.findIndex((step) => Math.round(step / perEpoch) === epoch);
  return i >= 0 ? curve!.testLosses[i] : run.progress.epochLosses[epoch - 1];
}
