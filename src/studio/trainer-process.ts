import { StudioError } from '#contract/error.ts';
import {
  fromTrainerSchema,
  type Command,
  type News,
  type Result,
  type ResultOf,
  type Task,
  type ToTrainer,
} from '#trainer/messages.ts';
import type { TrainerChannel } from './trainer-channel.ts';

/** One job under way. */
export interface Job<K extends Task['kind'] = Task['kind']> {
  /** Rejects with the trainer's StudioError, or with code `trainer` when the process dies. */
  readonly result: Promise<ResultOf<K>>;
  command(command: Command): void;
}

/** Starts a process with some variables of its own on top of this one's. */
export type SpawnTrainer = (environment: Readonly<Record<string, string>>) => TrainerChannel;

/** A trainer process and the one who owns it: it is started for the first job, and ended when it has been idle for a while. */
export interface TrainerProcess {
  /** A job that needs another environment gets another process; the one before ends with the jobs that it has. */
  start<K extends Task['kind']>(
    task: Extract<Task, { kind: K }>,
    environment?: Readonly<Record<string, string>>,
    onNews?: (news: News) => void,
  ): Job<K>;
  /** The process's number, while there is one. */
  readonly pid: number | undefined;
  /** Interrupts its jobs, waits for them for at most `graceMs`, ends the process. */
  close(graceMs: number): Promise<void>;
}

type Pending = PromiseWithResolvers<Result> & { onNews: ((news: News) => void) | undefined };
interface Live {
  channel: TrainerChannel;
  environment: string;
  jobs: Map<number, Pending>;
  exited: Promise<void>;
  idle?: NodeJS.Timeout;
}

/** Owns processes that `spawn` makes: one that takes jobs, and those of another environment that still have some. */
export function createTrainerProcess(spawn: SpawnTrainer, idleMs: number): TrainerProcess {
  let live: Live | undefined;
  const all = new Set<Live>();
  let lastJob = 0;

  function begin(environment: Readonly<Record<string, string>>): Live {
    const channel = spawn(environment);
    const jobs = new Map<number, Pending>();
    const exit = Promise.withResolvers<undefined>();
    const started: Live = { channel, environment: JSON.stringify(environment), jobs, exited: exit.promise };
    all.add(started);
    channel.onExit((code) => {
      all.delete(started);
      if (live === started) live = undefined;
      clearTimeout(started.idle);
      for (const job of jobs.values()) job.reject(died(code));
      jobs.clear();
      exit.resolve(undefined);
    });
    channel.onMessage((message) => {
      const parsed = fromTrainerSchema.safeParse(message);
      // a trainer of our own that says what we don't understand is broken: end it, which fails its jobs
      if (!parsed.success) {
        channel.kill();
        return;
      }
      const job = jobs.get(parsed.data.job);
      if (job === undefined) return;
      if (parsed.data.type !== 'done' && parsed.data.type !== 'error') {
        if (parsed.data.type === 'frame') channel.send({ type: 'received', job: parsed.data.job } satisfies ToTrainer);
        job.onNews?.(parsed.data);
        return;
      }
      jobs.delete(parsed.data.job);
      if (jobs.size === 0) started.idle = setTimeout(() => end(started), live === started ? idleMs : 0).unref();
      if (parsed.data.type === 'done') job.resolve(parsed.data.result);
      else job.reject(StudioError.fromInfo(parsed.data.error));
    });
    return started;
  }

  /** From here on its jobs fail and the next job gets another process. */
  function end(which: Live): void {
    if (live === which) live = undefined;
    which.channel.kill();
  }

  return {
    start<K extends Task['kind']>(
      task: Extract<Task, { kind: K }>,
      environment: Readonly<Record<string, string>> = {},
      onNews?: (news: News) => void,
    ): Job<K> {
      if (live !== undefined && live.environment !== JSON.stringify(environment)) {
        if (live.jobs.size === 0) end(live);
        live = undefined;
      }
      const { channel, jobs, idle } = (live ??= begin(environment));
      clearTimeout(idle);
      const job = ++lastJob;
      const pending: Pending = { ...Promise.withResolvers<Result>(), onNews };
      jobs.set(job, pending);
      const send = (message: ToTrainer): void => channel.send(message);
      send({ type: 'start', job, task });
      return {
        result: pending.promise as Promise<ResultOf<K>>,
        command: (command) => send({ type: 'command', job, command }),
      };
    },
    get pid() {
      return live?.channel.pid;
    },
    async close(graceMs) {
      const closing = [...all];
      const jobs = closing.flatMap((one) => [...one.jobs.values()]);
      for (const { channel, jobs } of closing)
        for (const job of jobs.keys()) channel.send({ type: 'command', job, command: 'interrupt' } satisfies ToTrainer);
      const grace = Promise.withResolvers<undefined>();
      const timer = setTimeout(grace.resolve, graceMs);
      await Promise.race([Promise.allSettled(jobs.map(({ promise }) => promise)), grace.promise]);
      clearTimeout(timer);
      closing.forEach(end);
      await Promise.all(closing.map(({ exited }) => exited));
    },
  };
}

function died(code: number | null): StudioError {
  const how = code === null ? 'was killed' : `ended with code ${code}`;
  return new StudioError(
    'trainer',
    `The trainer process ${how} in the middle of its work.`,
    'A run goes on from its last checkpoint when you resume it. If this comes again, a smaller batch needs less memory.',
  );
}
