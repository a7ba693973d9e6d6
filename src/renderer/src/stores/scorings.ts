import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import type { ErrorInfo } from '#contract/error.ts';
import type { CallInput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { useNotices } from './notices.ts';

/** The scoring of a run, as far as it has got; any window of the studio sees it. */
export interface Scoring {
  job: number;
  /** absent before the first step */
  progress?: { step: number; steps: number; secondsPerStep: number };
  state: { status: 'running' | 'done' | 'cancelled' } | { status: 'failed'; error: ErrorInfo };
}

/** Scorings by run, the last one of each. They go on while the person looks at other pages. */
export const useScorings = defineStore('scorings', () => {
  const studio = useStudio();
  const notices = useNotices();
  const byRun = shallowReactive(new Map<string, Scoring>());

  onScopeDispose(
    studio.on('scoring.progress', ({ job, run, ...progress }) => byRun.set(run, { job, progress, state: { status: 'running' } })),
  );
  onScopeDispose(
    studio.on('scoring.ended', ({ job, run, status, error }) => {
      const unknown = { code: 'internal', message: 'The scoring failed.', hint: 'The log holds the details.' };
      byRun.set(run, { job, state: status === 'failed' ? { status, error: error ?? unknown } : { status } });
    }),
  );

  async function start(request: CallInput<'scoring.start'>): Promise<void> {
    const started = await notices.attempt(studio.call('scoring.start', request));
    // it may have been told of before the answer came
    if (started !== undefined && byRun.get(request.run)?.job !== started.job)
      byRun.set(request.run, { job: started.job, state: { status: 'running' } });
  }
  async function cancel(run: string): Promise<void> {
    const job = byRun.get(run)?.job;
    if (job !== undefined) await notices.attempt(studio.call('scoring.cancel', { job }));
  }
  return { byRun, start, cancel };
});
