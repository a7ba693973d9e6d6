import { defineStore } from 'pinia';
import type { SamplingPlan } from '#contract/sampling.ts';
import type { CallInput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { useFrameJobs, type FrameJob } from './frame-jobs.ts';

/** A sampling that this window asked for, as far as it has got. */
export interface Sampling extends FrameJob {
  run: string;
  epoch: number;
  plan: SamplingPlan;
}

/** Samplings under way and done. */
export const useSamplings = defineStore('samplings', () => {
  const studio = useStudio();
  return useFrameJobs({
    events: 'sampling',
    start: async (input: CallInput<'sampling.start'>) => ({ run: input.run, ...(await studio.call('sampling.start', input)) }),
    cancel: (job) => studio.call('sampling.cancel', { job }),
  });
});
