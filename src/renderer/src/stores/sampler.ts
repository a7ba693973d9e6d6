import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Run } from '#contract/run.ts';
import {
  samplersOf,
  samplingOptionsSchema,
  samplingPlan,
  samplingProblems,
  type SamplingOptions,
  type SamplingPlan,
} from '#contract/sampling.ts';
import { useNotices } from './notices.ts';
import { useSamplings, type Sampling } from './samplings.ts';

/** Most frames of a sampling: a hundred of a few images, fewer of many, so that a film stays within some tens of megabytes. */
export const framesFor = (count: number, steps: number): number => Math.min(steps + 1, count <= 10 ? 101 : 51);
/** More do not fit the page. */
export const MOST_IMAGES = 100;

/** What is typed of the sampling to come, and the last one that was started. It stays while the person looks at other pages. */
export const useSampler = defineStore('sampler', () => {
  const samplings = useSamplings();
  const notices = useNotices();

  const options = shallowRef<SamplingOptions>({ ...samplingOptionsSchema.parse({}), count: 10, seed: 180 });
  const key = ref<number>();
  const isAsking = ref(false);
  const current = computed((): Sampling | undefined => (key.value === undefined ? undefined : samplings.byKey.get(key.value)));

  function set(patch: Partial<SamplingOptions>): void {
    options.value = { ...options.value, ...patch };
  }
  /** The options as they apply to a run: what belongs to another objective's sampler is left out. */
  function optionsFor(run: Run): SamplingOptions {
    const { sampler, steps, weights, ...rest } = options.value;
    const samplers = samplersOf[run.recipe.objective];
    const fits = sampler !== undefined && samplers.includes(sampler);
    const taken = fits ? sampler : samplers[0];
    return {
      ...rest,
      weights: run.recipe.ema === 0 ? 'raw' : weights,
      ...(fits && { sampler }),
      // DDPM takes all T, the others as many as were typed, as far as there are so many
      ...(steps !== undefined && taken !== 'ddpm' && { steps: taken === 'ddim' ? Math.min(steps, run.recipe.timesteps) : steps }),
    };
  }
  const planFor = (run: Run): SamplingPlan | undefined =>
    samplersOf[run.recipe.objective].length === 0 ? undefined : samplingPlan(run.recipe, optionsFor(run));
  const problemsFor = (run: Run): string[] => samplingProblems(run.recipe, optionsFor(run));

  /** Samples from a checkpoint; what was sampled before is let go. */
  async function start(run: Run, epoch: number): Promise<void> {
    if (isAsking.value) return;
    isAsking.value = true;
    if (key.value !== undefined) samplings.drop(key.value);
    const { steps, count } = planFor(run) ?? { steps: 1, count: 1 };
    const { key: next, started } = samplings.start({ ...optionsFor(run), run: run.id, epoch, frames: framesFor(count, steps) });
    key.value = next;
    await notices.attempt(started);
    isAsking.value = false;
  }
  async function cancel(): Promise<void> {
    if (key.value !== undefined) await notices.attempt(samplings.cancel(key.value));
  }
  return { options, current, isAsking, set, optionsFor, planFor, problemsFor, start, cancel };
});
