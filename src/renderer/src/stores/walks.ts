import { defineStore } from 'pinia';
import type { CallInput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { useFrameJobs } from './frame-jobs.ts';

/** The playground's walks from noise to images. */
export const useWalks = defineStore('walks', () => {
  const studio = useStudio();
  return useFrameJobs({
    events: 'playground',
    start: (input: CallInput<'playground.walk'>) => studio.call('playground.walk', input),
    cancel: (job) => studio.call('playground.cancel', { job }),
  });
});
