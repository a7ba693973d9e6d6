import type { SamplingPlan } from '#contract/sampling.ts';
import { scoredPlan, type Score } from '#contract/score.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { epochCheckpoint, readCheckpoint } from '#library/checkpoint.ts';
import { openLibrary } from '#library/library.ts';
import { writeScore } from '#library/scores.ts';
import type { News, Task } from './messages.ts';
import { openDevice } from './open-device.ts';
import { openJudge } from './scoring.ts';

/** What is scored: checkpoints of a run's folder, one after another. */
interface Scored {
  folder: string;
  epochs: readonly number[];
  plan: SamplingPlan;
  executor: Executor;
  /** the executor's, which it doesn't tell */
  precision: string;
}
interface ScoreListener {
  /** awaited before every call of the device; what it throws ends the scoring */
  pause: () => Promise<void> | void;
  onStep: (epoch: number, step: number) => void;
  /** it is kept with the run by then */
  onScore: (score: Score) => void;
}

/** Scores checkpoints by one plan and keeps each score with the run as soon as it is there. */
export async function scoreEpochs({ folder, epochs, plan, executor, precision }: Scored, listener: ScoreListener): Promise<void> {
  const judge = await openJudge(executor, listener.pause);
  try {
    for (const epoch of epochs) {
      const { recipe, tensors } = await readCheckpoint(epochCheckpoint(folder, epoch));
      const measured = await judge.score({ recipe, tensors }, plan, listener.pause, (step) => listener.onStep(epoch, step));
      const score: Score = {
        epoch,
        plan: scoredPlan(plan),
        ...measured,
        device: `${executor.device}, ${precision}`,
        scoredAt: Date.now(),
      };
      await writeScore(folder, score);
      listener.onScore(score);
    }
  } finally {
    await judge.dispose();
  }
}

const PROGRESS_MS = 100;

/** A studio's scoring: its steps are counted over all epochs. Throws a StudioError where a checkpoint or the device fails. */
export async function scoreRun(
  { library, id, epochs, plan, preferences: { device, threads, precision } }: Extract<Task, { kind: 'score' }>,
  isCancelled: () => boolean,
  onProgress: (progress: Omit<Extract<News, { type: 'progress' }>, 'type' | 'job'>) => void,
  onScored: (epoch: number) => void,
): Promise<'done' | 'cancelled'> {
  const pause = (): void => {
    if (isCancelled()) throw new Cancelled();
  };
  try {
    pause();
    const { runs } = await openLibrary(library);
    const executor = await openDevice(device, threads, precision);
    const steps = epochs.length * plan.steps;
    let [began, told, finished] = [0, 0, 0];
    await scoreEpochs(
      { folder: runs.folder(id), epochs, plan, executor, precision },
      {
        pause,
        onStep(_, step) {
          const now = performance.now();
          // the first frame comes with the first answer of the network, which takes longer than the others
          if (began === 0) began = now;
          const all = finished + step;
          if (all === 0 || (now - told < PROGRESS_MS && step < plan.steps)) return;
          told = now;
          onProgress({ step: all, steps, secondsPerStep: (now - began) / all / 1000 });
        },
        onScore({ epoch }) {
          finished += plan.steps;
          onScored(epoch);
        },
      },
    );
    return 'done';
  } catch (error) {
    if (error instanceof Cancelled) return 'cancelled';
    throw error;
  }
}

/** Thrown through a scoring to leave it. */
class Cancelled extends Error {}
