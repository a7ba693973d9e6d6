import { onScopeDispose, shallowReactive } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { EventPayload } from '#contract/studio.ts';
import { useStudio } from '../client.ts';

export type Frame = Omit<EventPayload<'sampling.frame'>, 'job'>;

/** A job that tells its frames as they come, as far as it has got. */
export interface FrameJob {
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

interface Asking<I, A> {
  /** whose events tell of the jobs */
  events: 'sampling' | 'playground';
  start: (input: I) => Promise<A & { job: number }>;
  cancel: (job: number) => Promise<unknown>;
}

/**
 * Jobs under way and done, with what the studio answered when each was started. Whoever starts one holds its key, and drops
 * it when it is not looked at any more.
 */
export function useFrameJobs<I, A extends object>({ events, start: ask, cancel: end }: Asking<I, A>) {
  const studio = useStudio();
  const byKey = shallowReactive(new Map<number, A & FrameJob>());
  const keyOfJob = new Map<number, number>();
  /** what is told of a job whose number this window has not been given yet; only while it waits for one */
  const early = new Map<number, Told[]>();
  /** keys that were let go before the studio had answered */
  const dropped = new Set<number>();
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
      const unknown = { code: 'internal', message: 'It failed.', hint: 'The log holds the details.' };
      byKey.set(key, { ...now, state: status === 'failed' ? { status, error: error ?? unknown } : { status } });
    }
  }
  onScopeDispose(studio.on(`${events}.frame`, (payload) => take({ name: 'frame', payload })));
  onScopeDispose(studio.on(`${events}.ended`, (payload) => take({ name: 'ended', payload })));
  if (events === 'sampling') onScopeDispose(studio.on('sampling.progress', (payload) => take({ name: 'progress', payload })));

  /** Starts one. Gives its key at once, what is known of it in `byKey` once the studio has answered; rejects with the studio's refusal. */
  function start(input: I): { key: number; started: Promise<void> } {
    const key = ++lastKey;
    dropped.delete(key);
    asking++;
    const started = ask(input)
      .then((answer) => {
        const { job } = answer;
        if (dropped.delete(key)) {
          void end(job).catch(() => undefined);
          return;
        }
        keyOfJob.set(job, key);
        byKey.set(key, { ...answer, frames: [], of: 0, progress: undefined, state: { status: 'running' } });
        for (const told of early.get(job) ?? []) take(told);
      })
      .finally(() => {
        if (--asking === 0) early.clear();
      });
    return { key, started };
  }

  const jobOf = (key: number): number | undefined => [...keyOfJob].find(([, of]) => of === key)?.[0];
  /** Ends one within a step; its frames stay. */
  async function cancel(key: number): Promise<void> {
    const job = jobOf(key);
    if (job !== undefined && byKey.get(key)?.state.status === 'running') await end(job);
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
}
