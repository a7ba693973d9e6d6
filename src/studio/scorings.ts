import { StudioError } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import { samplingPlan, samplingProblems, type SamplingPlan } from '#contract/sampling.ts';
import type { CallArguments, CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { deviceFor } from './device-for.ts';
import type { Devices } from './devices.ts';
import { createTrainerProcess, type SpawnTrainer } from './trainer-process.ts';
import { createTurns } from './turns.ts';
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

interface Asked {
  run: string;
  epochs: number[];
  plan: SamplingPlan;
  precision: Recipe['precision'];
}

export function createScorings({ library, spawn, devices, emit }: ScoringsOptions): Scorings {
  const turns = createTurns<Asked>({
    process: createTrainerProcess(spawn, IDLE_MS),
    // as the command line does, so that both give the same numbers
    deviceOf: ({ precision }) => deviceFor(devices, precision),
    taskOf: ({ run: id, epochs, plan }, preferences) => ({
      kind: 'score',
      library: library.folder,
      id,
      epochs,
      plan,
      preferences,
    }),
    onNews(job, { run }, news) {
      if (news.type === 'scored') emit('scoring.scored', { job, run, epoch: news.epoch });
      else if (news.type === 'progress')
        emit('scoring.progress', { job, run, step: news.step, steps: news.steps, secondsPerStep: news.secondsPerStep });
    },
    onEnd: (job, { run }, outcome) => emit('scoring.ended', { job, run, ...outcome }),
    died: {
      code: 'trainer',
      message: 'The scoring process died in the middle of its work.',
      hint: 'Score again, fewer images.',
    },
  });

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
      const plan = samplingPlan(recipe, options);
      return { job: turns.add({ run: id, epochs, plan, precision: recipe.precision }), epochs, plan };
    },
    cancel: (job) => turns.cancel(job),
    close: () => turns.close(),
  };
}
