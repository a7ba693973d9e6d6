import { setImmediate as soon } from 'node:timers/promises';
import { StudioError, toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { EventPayload } from '#contract/studio.ts';
import type { News, Task } from '#trainer/messages.ts';
import type { DeviceFor } from './device-for.ts';
import type { Job, TrainerProcess } from './trainer-process.ts';

/** Tasks that end with no more than how they ended: what they make is told on the way. */
type Kind = 'sample' | 'score' | 'walk';
/** How one ended. */
type Outcome = Omit<EventPayload<'sampling.ended'>, 'job'>;

/** Jobs that wait for each other: one at a time, in the order they were asked for. */
export interface Turns<A> {
  /** Takes its place in the line. Gives its number at once; what happens is told afterwards. */
  add(asked: A): number;
  /** Ends a job within a step, or before its turn; one that is over stays as it is. */
  cancel(job: number): void;
  /** Cancels all, and ends the process. */
  close(): Promise<void>;
}

export interface TurnsOptions<A> {
  process: TrainerProcess;
  /** asked when a job's turn has come */
  deviceOf: (asked: A) => Promise<DeviceFor>;
  taskOf: (asked: A, preferences: DeviceFor['preferences']) => Extract<Task, { kind: Kind }>;
  onNews: (job: number, asked: A, news: News) => void;
  /** told once of each job, and nothing after it */
  onEnd: (job: number, asked: A, outcome: Outcome) => void;
  /** what a job failed of whose process died */
  died: ErrorInfo;
}

export function createTurns<A>({ process, deviceOf, taskOf, onNews, onEnd, died }: TurnsOptions<A>): Turns<A> {
  /** those that aren't over */
  const open = new Map<number, { asked: A; work?: Job<Kind> }>();
  let last = 0;
  let turn: Promise<void> = Promise.resolve();

  function end(job: number, outcome: Outcome): void {
    const one = open.get(job);
    if (one !== undefined && open.delete(job)) onEnd(job, one.asked, outcome);
  }

  async function perform(job: number): Promise<void> {
    // whoever asked has its number by then
    await soon();
    const one = open.get(job);
    if (one === undefined) return;
    const { asked } = one;
    try {
      const { preferences, environment } = await deviceOf(asked);
      if (!open.has(job)) return;
      one.work = process.start(taskOf(asked, preferences), environment, (news) => {
        if (open.has(job)) onNews(job, asked, news);
      });
      end(job, { status: (await one.work.result).status });
    } catch (error) {
      const hasDied = error instanceof StudioError && error.code === 'trainer';
      end(job, { status: 'failed', error: hasDied ? died : toErrorInfo(error) });
    }
  }

  return {
    add(asked) {
      const job = ++last;
      open.set(job, { asked });
      turn = turn.then(() => perform(job));
      return job;
    },
    cancel(job) {
      const work = open.get(job)?.work;
      if (work === undefined) end(job, { status: 'cancelled' });
      else work.command('cancel');
    },
    async close() {
      for (const job of [...open.keys()]) end(job, { status: 'cancelled' });
      // nothing of such a job has to be saved
      await process.close(0);
      await turn;
    },
  };
}
