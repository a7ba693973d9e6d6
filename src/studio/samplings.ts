import { StudioError } from '#contract/error.ts';
import { samplingPlan, samplingProblems, type SamplingPlan, type SamplingRequest } from '#contract/sampling.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { deviceFor } from './device-for.ts';
import type { Devices } from './devices.ts';
import { createTrainerProcess, type SpawnTrainer } from './trainer-process.ts';
import { createTurns } from './turns.ts';
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

interface Asked {
  run: string;
  epoch: number;
  plan: SamplingPlan;
  frames: number;
}

export function createSamplings({ library, spawn, devices, emit }: SamplingsOptions): Samplings {
  const turns = createTurns<Asked>({
    process: createTrainerProcess(spawn, IDLE_MS),
    deviceOf: () => deviceFor(devices, 'float32'),
    taskOf: ({ run: id, ...asked }, preferences) => ({ kind: 'sample', library: library.folder, id, ...asked, preferences }),
    onNews(job, _, news) {
      if (news.type === 'frame') emit('sampling.frame', { job, ...news.frame });
      else if (news.type === 'progress')
        emit('sampling.progress', { job, step: news.step, steps: news.steps, secondsPerStep: news.secondsPerStep });
    },
    onEnd: (job, _, outcome) => emit('sampling.ended', { job, ...outcome }),
    died: {
      code: 'trainer',
      message: 'The sampling process died in the middle of its work.',
      hint: 'Sample again. If this comes again, fewer images need less memory; training is not affected.',
    },
  });

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
      return { job: turns.add({ run: id, epoch: wanted, plan, frames }), epoch: wanted, plan };
    },
    cancel: (job) => turns.cancel(job),
    close: () => turns.close(),
  };
}
