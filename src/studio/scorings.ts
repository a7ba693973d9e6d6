import { setImmediate as soon } from 'node:timers/promises';
import { StudioError, toErrorInfo } from '#contract/error.ts';
import { samplingPlan, samplingProblems, type SamplingPlan } from '#contract/sampling.ts';
import type { CallArguments, CallOutput, EventPayload } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import type { Devices } from './devices.ts';
import { createTrainerProcess, type Job, type SpawnTrainer } from './trainer-process.ts';
import type { Emit } from './watcher.ts';

/** The scorings of a studio: one at a time, in the order they were asked for, in a process of their own, beside samplings. */
export interface Scorings {
  /** Throws a StudioError `not-found` or `bad-input`. What happens afterwards comes as events, `scoring.ended` last. */
  start(request: CallArguments<'scoring.start'>): Promise<CallOutput<'scoring.start'>>;
  /** Ends a scoring within a step, its finished scores are kept; one that is over stays as it is. */
  cancel(job: number): void;
  close(): Promise<void>;
}

export interface ScoringsOptions {
  library: Library;
  spawn: SpawnTrainer;
  devices: Pick<Devices, 'resolve'>;
  emit: Emit;
}

/** It reads the whole test split anew: kept for another run's, which comes at once if it does. */
const IDLE_MS = 2000;

interface Scoring {
  run: string;
  epochs: number[];
  plan: SamplingPlan;
  /** under way */
  work?: Job<'score'>;
}

export function createScorings({ library, spawn, devices, emit }: ScoringsOptions): Scorings {
  const process = createTrainerProcess(spawn, IDLE_MS);
  const open = new Map<number, Scoring>();
  let last = 0;
  let turn: Promise<void> = Promise.resolve();

  /** Told once of each scoring, and nothing after it. */
  function end(job: number, outcome: Omit<EventPayload<'scoring.ended'>, 'job' | 'run'>): void {
    const scoring = open.get(job);
    if (scoring !== undefined && open.delete(job)) emit('scoring.ended', { job, run: scoring.run, ...outcome });
  }

  async function perform(job: number): Promise<void> {
    // whoever asked has its number by then
    await soon();
    const scoring = open.get(job);
    if (scoring === undefined) return;
    const { run, epochs, plan } = scoring;
    try {
      // as the command line does, so that both give the same numbers
      const { recipe } = await library.runs.read(run);
      const preferences = await devices.resolve({ device: 'auto', precision: recipe.precision });
      const environment = await deviceEnvironment(preferences.device, preferences.threads);
      if (!open.has(job)) return;
      scoring.work = process.start(
        { kind: 'score', library: library.folder, id: run, epochs, plan, preferences },
        environment,
        (news) => {
          if (news.type !== 'progress' || !open.has(job)) return;
          const { step, steps, secondsPerStep } = news;
          emit('scoring.progress', { job, run, step, steps, secondsPerStep });
        },
      );
      end(job, { status: (await scoring.work.result).status });
    } catch (error) {
      const died = error instanceof StudioError && error.code === 'trainer';
      end(job, {
        status: 'failed',
        error: died
          ? {
              code: 'trainer',
              message: 'The scoring process died in the middle of its work.',
              hint: 'Score again, fewer images.',
            }
          : toErrorInfo(error),
      });
    }
  }

  return {
    async start({ run: id, epoch, ...options }) {
      const { recipe, checkpoints, name } = await library.runs.read(id);
      const problems = samplingProblems(recipe, options);
      if (options.count < 2) problems.push(`count is ${options.count}; a score needs 2 images or more`);
      if (problems.length > 0)
        throw new StudioError('bad-input', `It can't be scored: ${problems.join('; ')}.`, 'Correct the value and score again.');
      const kept = checkpoints.map((checkpoint) => checkpoint.epoch);
      const epochs = epoch === undefined ? kept : kept.filter((e) => e === epoch);
      if (epochs.length === 0)
        throw new StudioError(
          'not-found',
          epoch === undefined ? `"${name}" has no checkpoint yet.` : `"${name}" has no checkpoint of epoch ${epoch}.`,
          kept.length === 0 ? 'The first is there at the end of the first epoch.' : 'Choose an epoch that is listed.',
        );
      const job = ++last;
      const plan = samplingPlan(recipe, options);
      open.set(job, { run: id, epochs, plan });
      turn = turn.then(() => perform(job));
      return { job, epochs, plan };
    },
    cancel(job) {
      const scoring = open.get(job);
      if (scoring?.work === undefined) end(job, { status: 'cancelled' });
      else scoring.work.command('cancel');
    },
    async close() {
      for (const job of [...open.keys()]) end(job, { status: 'cancelled' });
      await process.close(0);
      await turn;
    },
  };
}
