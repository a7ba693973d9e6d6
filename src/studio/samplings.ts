import { setImmediate as soon } from 'node:timers/promises';
import { StudioError, toErrorInfo } from '#contract/error.ts';
import { samplingPlan, samplingProblems, type SamplingPlan, type SamplingRequest } from '#contract/sampling.ts';
import type { CallOutput, EventPayload } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import type { Devices } from './devices.ts';
import { createTrainerProcess, type Job, type SpawnTrainer } from './trainer-process.ts';
import type { Emit } from './watcher.ts';

/** The samplings of a studio: one at a time, in the order they were asked for, in a process of their own. */
export interface Samplings {
  /** Throws a StudioError `not-found` or `bad-input`. What happens afterwards comes as events, `sampling.ended` last. */
  start(request: SamplingRequest): Promise<CallOutput<'sampling.start'>>;
  /** Ends a sampling within a step; one that is over stays as it is. */
  cancel(job: number): void;
  close(): Promise<void>;
}

export interface SamplingsOptions {
  library: Library;
  spawn: SpawnTrainer;
  devices: Pick<Devices, 'resolve'>;
  emit: Emit;
}

/** The process is kept for the next change of the guidance: its library takes seconds to load. */
const IDLE_MS = 60_000;

/** One that isn't over. */
interface Sampling {
  run: string;
  epoch: number;
  plan: SamplingPlan;
  frames: number;
  /** under way */
  work?: Job<'sample'>;
}

export function createSamplings({ library, spawn, devices, emit }: SamplingsOptions): Samplings {
  const process = createTrainerProcess(spawn, IDLE_MS);
  const open = new Map<number, Sampling>();
  let last = 0;
  let turn: Promise<void> = Promise.resolve();

  /** Told once of each sampling, and nothing after it. */
  function end(job: number, outcome: Omit<EventPayload<'sampling.ended'>, 'job'>): void {
    if (open.delete(job)) emit('sampling.ended', { job, ...outcome });
  }

  async function perform(job: number): Promise<void> {
    // whoever asked has its number by then
    await soon();
    const sampling = open.get(job);
    if (sampling === undefined) return;
    const { run, epoch, plan, frames } = sampling;
    try {
      const preferences = await devices.resolve({ device: 'auto', precision: 'float32' });
      const environment = await deviceEnvironment(preferences.device, preferences.threads);
      if (!open.has(job)) return;
      sampling.work = process.start(
        { kind: 'sample', library: library.folder, id: run, epoch, plan, frames, preferences },
        environment,
        (news) => {
          if (!open.has(job)) return;
          if (news.type === 'frame') emit('sampling.frame', { job, ...news.frame });
          else emit('sampling.progress', { job, step: news.step, steps: news.steps, secondsPerStep: news.secondsPerStep });
        },
      );
      end(job, { status: (await sampling.work.result).status });
    } catch (error) {
      end(job, {
        status: 'failed',
        error: toErrorInfo(error instanceof StudioError && error.code === 'trainer' ? died() : error),
      });
    }
  }

  return {
    async start({ run: id, epoch, frames, ...options }) {
      const { recipe, checkpoints, name } = await library.runs.read(id);
      const problems = samplingProblems(recipe, { ...options, frames });
      if (problems.length > 0)
        throw new StudioError('bad-input', `It can't be sampled: ${problems.join('; ')}.`, 'Correct the value and sample again.');
      const wanted = epoch ?? checkpoints.at(-1)?.epoch;
      if (wanted === undefined)
        throw new StudioError(
          'not-found',
          `"${name}" has no checkpoint yet.`,
          'The first is there at the end of the first epoch.',
        );
      if (!checkpoints.some((checkpoint) => checkpoint.epoch === wanted))
        throw new StudioError('not-found', `"${name}" has no checkpoint of epoch ${wanted}.`, 'Choose an epoch that is listed.');
      const plan = samplingPlan(recipe, options);
      const job = ++last;
      open.set(job, { run: id, epoch: wanted, plan, frames });
      turn = turn.then(() => perform(job));
      return { job, epoch: wanted, plan };
    },
    cancel(job) {
      const sampling = open.get(job);
      if (sampling?.work === undefined) end(job, { status: 'cancelled' });
      else sampling.work.command('cancel');
    },
    async close() {
      for (const job of [...open.keys()]) end(job, { status: 'cancelled' });
      // nothing of a sampling has to be saved
      await process.close(0);
      await turn;
    },
  };
}

const died = (): StudioError =>
  new StudioError(
    'trainer',
    'The sampling process died in the middle of its work.',
    'Sample again. If this comes again, fewer images need less memory; training is not affected.',
  );
