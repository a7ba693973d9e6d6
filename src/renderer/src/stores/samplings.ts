import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { SamplingPlan } from '#contract/sampling.ts';
import type { CallInput, EventPayload } from '#contract/studio.ts';
import { useStudio } from '../client.ts';

export type SamplingInput = CallInput<'sampling.start'>;
export type Frame = Omit<EventPayload<'sampling.frame'>, 'job'>;

/** A sampling that this window asked for, as far as it has got. */
export interface Sampling {
  run: string;
  epoch: number;
  plan: SamplingPlan;
  /** as they have come so far: from noise to image */
  frames: readonly Frame[];
  /** how many there will be; 0 before the first */
  of: number;
  progress: { step: number; secondsPerStep: number } | undefined;
  state: { status: 'running' | 'done' | 'cancelled' } | { status: 'failed'; error: ErrorInfo };
}
type Told =
  | { name: 'frame'; payload: EventPayload<'sampling.frame'> }
  | { name: 'progress'; payload: EventPayload<'sampling.progress'> }
  | { name: 'ended'; payload: EventPayload<'sampling.ended'> };

/** Samplings under way and done. Whoever starts one holds its key, and drops it when it is not looked at any more. */
export const useSamplings = defineStore('samplings', () => {
  const studio = useStudio();
  const byKey = shallowReactive(new Map<number, Sampling>());
  const keyOfJob = new Map<number, number>();
  /** what is told of a job whose number this window has not been given yet; only while it waits for one */
  const early = new Map<number, Told[]>();
  let asking = 0;
  let lastKey = 0;

  function take({ name, payload }: Told): void {
    const key = keyOfJob.get(payload.job);
    const now = key === undefined ? undefined : byKey.get(key);
    if (key === undefined || now === undefined) {
      if (asking > 0 && key === undefined) early.set(payload.job, [...(early.get(payload.job) ?? []), { name, payload } as Told]);
      return;
    }
    if (name === 'frame') byKey.set(key, { ...now, frames: [...now.frames, payload], of: payload.of });
    else if (name === 'progress') byKey.set(key, { ...now, progress: payload });
    else {
      const { status, error } = payload;
      const unknown = { code: 'internal', message: 'The sampling failed.', hint: 'The log holds the details.' };
      byKey.set(key, { ...now, state: status === 'failed' ? { status, error: error ?? unknown } : { status } });
    }
  }
  onScopeDispose(studio.on('sampling.frame', (payload) => take({ name: 'frame', payload })));
  onScopeDispose(studio.on('sampling.progress', (payload) => take({ name: 'progress', payload })));
  onScopeDispose(studio.on('sampling.ended', (payload) => take({ name: 'ended', payload })));

  /** Starts one. Gives its key at once, what is known of it in `byKey` once the studio has answered; rejects with the studio's refusal. */
  function start(input: SamplingInput): { key: number; started: Promise<void> } {
    const key = ++lastKey;
    dropped.delete(key);
    asking++;
    const started = studio
      .call('sampling.start', input)
      .then(({ job, epoch, plan }) => {
        if (dropped.delete(key)) {
          void studio.call('sampling.cancel', { job }).catch(() => undefined);
          return;
        }
        keyOfJob.set(job, key);
        byKey.set(key, { run: input.run, epoch, plan, frames: [], of: 0, progress: undefined, state: { status: 'running' } });
        for (const told of early.get(job) ?? []) take(told);
      })
      .finally(() => {
        if (--asking === 0) early.clear();
      });
    return { key, started };
  }
  /** keys that were let go before the studio had answered */
  const dropped = new Set<number>();

  const jobOf = (key: number): number | undefined => [...keyOfJob].find(([, of]) => of === key)?.[0];
  /** Ends one within a step; its frames stay. */
  async function cancel(key: number): Promise<void> {
    const job = jobOf(key);
    if (job !== undefined && byKey.get(key)?.state.status === 'running') await studio.call('sampling.cancel', { job });
  }
  /** Ends one and forgets it. */
  function drop(key: number): void {
    if (!byKey.has(key)) dropped.add(key);
    void cancel(key).catch((error: unknown) => console.warn(toErrorInfo(error).message));
    const job = jobOf(key);
    if (job !== undefined) keyOfJob.delete(job);
    byKey.delete(key);
  }
  return { byKey, start, cancel, drop };
});
