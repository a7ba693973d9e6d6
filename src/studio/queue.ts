import { join } from 'node:path';
import { StudioError } from '#contract/error.ts';
import type { Library } from '#library/library.ts';
import { acquireLock, lockHolder } from '#library/lock.ts';
import { appendLog } from '#library/log.ts';
import type { StoredRun } from '#library/run-folder.ts';
import { transition } from '#trainer/run-state.ts';
import type { Job } from './trainer-process.ts';

/** A queued run, as far as its turn goes. */
interface Waiting {
  id: string;
  queuedAt: number;
  /** another process holds it, a command line that waits for the library's training slot: it starts it itself */
  held: boolean;
}

/**
 * Whose turn it is: whoever has waited longest. A run that is held has its turn too, and is passed over when its
 * process hasn't taken it by then (`patient` is false): it may be suspended.
 */
export function nextInQueue(waiting: readonly Waiting[], patient: boolean): Waiting | undefined {
  return waiting.filter(({ held }) => patient || !held).toSorted((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1))[0];
}

/**
 * New times of queueing that put a run before another one, or at the end; mostly one. `order` is the queue as it
 * stands. A run goes between its neighbours' times, and the ones behind make room only where there is none.
 */
export function moveInQueue(
  order: readonly { id: string; queuedAt: number }[],
  id: string,
  before: string | null,
): { id: string; queuedAt: number }[] {
  const others = order.filter((run) => run.id !== id);
  const found = others.findIndex((run) => run.id === before);
  const place = found < 0 ? others.length : found;
  const ahead = others[place - 1]?.queuedAt;
  const behind = others[place]?.queuedAt;
  const queuedAt = ahead === undefined ? (behind ?? 0) - 1000 : behind === undefined ? ahead + 1000 : (ahead + behind) / 2;
  const changed = [{ id, queuedAt }];
  if (ahead !== undefined && queuedAt <= ahead) changed[0]!.queuedAt = ahead + 1;
  let last = changed[0]!.queuedAt;
  for (const run of others.slice(place)) {
    if (run.queuedAt > last) break;
    last++;
    changed.push({ id: run.id, queuedAt: last });
  }
  // from the back, so that whoever looks on the way sees the old order or the new one
  return changed.reverse();
}

export interface Queue {
  /** Something may have changed: starts the next run when nothing trains. */
  kick(): void;
  /** The job of a run that this studio trains now. */
  jobOf(id: string): Job<'train'> | undefined;
  /** Starts no more runs, and waits for the one under way, which `end` has to end. */
  close(end: () => Promise<void>): Promise<void>;
}

export interface QueueOptions {
  library: Library;
  /** the runs as they were at the last look */
  known: () => StoredRun[];
  start: (id: string) => Job<'train'>;
  /** after a run of ours has ended, in whatever way */
  onEnd: (id: string) => Promise<unknown>;
}

/** How long until a queue that can't go on looks again. */
const RETRY_MS = 500;
/** How many looks a run that another process holds is waited for. */
const PATIENCE = 10;

/**
 * Trains the library's queued runs one after another. Of several studios on one library one drives the queue, the one
 * that holds studio.lock; when it goes, another takes over.
 */
export function createQueue({ library, known, start, onEnd }: QueueOptions): Queue {
  let current: { id: string; job: Job<'train'> } | undefined;
  let training: Promise<void> = Promise.resolve();
  let turn: Promise<void> | undefined;
  let kicked = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let release: (() => Promise<void>) | undefined;
  let looksAtHeld = 0;
  /** runs that neither start nor can be marked as failed */
  const hopeless = new Set<string>();

  /** True when there is something to wait for. */
  async function takeTurn(): Promise<boolean> {
    if (current !== undefined) return false;
    if (release === undefined) {
      const path = join(library.folder, 'studio.lock');
      if ((await lockHolder(path)) !== undefined) return true;
      const driver = await acquireLock(path);
      if (!driver.acquired) return true;
      release = () => driver.release();
    }
    const next = nextInQueue(known().flatMap(waiting), looksAtHeld < PATIENCE);
    if (next === undefined) return known().some(({ state }) => state.status === 'queued');
    if ((await lockHolder(library.trainingLock)) !== undefined) return true;
    if (next.held) {
      looksAtHeld++;
      return true;
    }
    looksAtHeld = 0;
    if (closed) return false;
    training = train(next.id);
    return false;
  }

  const waiting = ({ id, state, holder }: StoredRun): Waiting[] =>
    state.status === 'queued' && !hopeless.has(id) ? [{ id, queuedAt: state.queuedAt, held: holder !== undefined }] : [];

  async function train(id: string): Promise<void> {
    try {
      const job = start(id);
      current = { id, job };
      await job.result;
    } catch (error) {
      await explain(id, error).catch((defect: unknown) => {
        console.error(`${id} can't be started:`, defect);
        hopeless.add(id);
      });
    }
    current = undefined;
    await onEnd(id).catch((error: unknown) => console.error(`${id} can't be read:`, error));
    kick();
  }

  /** Why a run of ours ended without saying so itself. */
  async function explain(id: string, error: unknown): Promise<void> {
    // another process was faster, or the run was stopped or deleted while its trainer started, or the studio closes
    if (!(error instanceof StudioError)) throw error;
    if (['busy', 'state', 'not-found', 'closed'].includes(error.code)) return;
    await appendLog(library.runs.folder(id), `${error.message} ${error.hint}`);
    const info = error.toInfo();
    await library.runs.update(id, ({ state }) =>
      // had it begun, it reads as interrupted. One that never did would be tried again for ever
      state.status === 'queued' ? { state: transition(state, { type: 'fail', at: Date.now(), error: info }) } : {},
    );
  }

  function kick(): void {
    kicked = true;
    clearTimeout(timer);
    if (closed || turn !== undefined) return;
    turn = goRound().finally(() => (turn = undefined));
  }

  async function goRound(): Promise<void> {
    let again = false;
    while (kicked && !closed) {
      kicked = false;
      again = await takeTurn().catch((error: unknown) => {
        console.error('The queue could not look at the library:', error);
        return true;
      });
    }
    if (again && !closed) timer = setTimeout(kick, RETRY_MS).unref();
  }

  return {
    kick,
    jobOf: (id) => (current?.id === id ? current.job : undefined),
    async close(end) {
      closed = true;
      clearTimeout(timer);
      await turn;
      await end();
      await training;
      await release?.();
    },
  };
}
