import { rm } from 'node:fs/promises';
import { StudioError } from '#contract/error.ts';
import type { EpochMetric, StepMetric } from '#contract/metrics.ts';
import { stepsPerEpoch, totalSteps } from '#contract/recipe.ts';
import type { Progress, Resolved, RunFile } from '#contract/run.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { openPredictor } from '#engine/training/predictor.ts';
import { openTraining, type Digits } from '#engine/training/training.ts';
import {
  epochCheckpoint,
  latestResumePoint,
  resumeCheckpoint,
  writeCheckpoint,
  type StoredCheckpoint,
} from '#library/checkpoint.ts';
import type { Library } from '#library/library.ts';
import { appendLog } from '#library/log.ts';
import { cutMetrics, openMetricsWriter, readMetrics } from '#library/metrics.ts';
import { loadMnist } from '#library/mnist.ts';
import { metricsFile } from '#library/run-folder.ts';
import { writeSamples } from '#library/samples.ts';
import { createEpochLosses } from './epoch-losses.ts';
import { evaluate, prepareTestSet } from './evaluation.ts';
import type { Preferences } from './messages.ts';
import { openDevice } from './resolve.ts';

/** What a sitting tells as it goes. */
export type SittingEvent =
  | { type: 'started'; resolved: Resolved; step: number; deviations: readonly string[] }
  | ({ type: 'step' } & StepMetric)
  | ({ type: 'epoch'; loss: number } & EpochMetric);

export interface SittingOptions {
  library: Library;
  run: RunFile;
  folder: string;
  preferences: Preferences;
  override?: Partial<Preferences>;
  wish: () => Promise<Ending | undefined>;
  onEvent?: (event: SittingEvent) => void;
}
/** How a sitting may be asked to end. */
export type Ending = 'pause' | 'stop' | 'interrupt';

/** Images a pass of the evaluation; between passes it can be asked to end. */
const EVALUATION_BATCH = 100;

/**
 * One sitting of training: from the newest checkpoint, or from the start, until the run is complete or asked to end.
 *
 * Whatever the instant of a crash, the next sitting repeats the same bits. A checkpoint is the only thing it goes on
 * from, so all that stands for the steps before it is on the disk first: metrics, then samples, then the test loss,
 * then the checkpoint. What came after the checkpoint is cut away and done again.
 */
export async function sit(options: SittingOptions): Promise<Ending | 'complete'> {
  const { library, run, folder, wish } = options;
  const { id, recipe } = run;
  const tell = options.onEvent ?? (() => undefined);
  const perEpoch = stepsPerEpoch(recipe);
  const spare = resumeCheckpoint(folder);

  const { checkpoint: from, skipped } = await latestResumePoint(folder, recipe);
  if (from === undefined && skipped[0] !== undefined) throw skipped[0];
  for (const error of skipped) await appendLog(folder, `passed over a checkpoint: ${error.message}`);

  const { executor, resolved, deviations } = await openDevice(recipe, options.preferences, run.resolved, options.override);
  const digits = firstDigits(await loadMnist('train'), recipe.subset);
  const testSet = prepareTestSet(await loadMnist('test'), recipe.sigma);

  await cutMetrics(metricsFile(folder), from?.step ?? 0);
  const past = await readMetrics(metricsFile(folder));
  const epochLosses = createEpochLosses(recipe);
  past.losses.forEach((loss) => epochLosses.add(loss));
  const evaluated = new Set(past.testSteps);

  const progress = (step: number, seconds: number): Progress => ({
    epoch: Math.floor(step / perEpoch),
    step,
    seconds,
    epochLosses: [...epochLosses.means],
  });
  const secondsBefore = run.progress.seconds;
  await library.runs.update(id, { resolved, progress: progress(from?.step ?? 0, secondsBefore) });
  await appendLog(
    folder,
    `${from === undefined ? 'starts' : `goes on after step ${from.step}`} on ${resolved.device} with ${resolved.threads} threads (${resolved.engine}; ${resolved.processor})`,
  );
  if (deviations.length > 0)
    await appendLog(folder, `the rest need not repeat an uninterrupted run bit by bit: ${deviations.join('; ')}`);
  tell({ type: 'started', resolved, step: from?.step ?? 0, deviations });

  const training = await openTraining(executor, recipe, digits, from);
  const metrics = await openMetricsWriter(metricsFile(folder));
  const began = performance.now();
  const seconds = (): number => Math.round(secondsBefore * 1000 + performance.now() - began) / 1000;

  /** Everything of a finished epoch. Gives the wish that came between instead, and then nothing of it is done. */
  async function finishEpoch(epoch: number): Promise<Ending | undefined> {
    const { step, tensors } = await training.checkpoint();
    const predictor = await openPredictor(executor, recipe, tensors, EVALUATION_BATCH);
    try {
      const predict = async (z: Float32Array): Promise<Float32Array<ArrayBuffer>> => {
        const out = new Float32Array(z.length);
        for (let at = 0; at < z.length; at += EVALUATION_BATCH * PIXELS) {
          const asked = await listen();
          if (asked !== undefined) throw new Asked(asked);
          out.set(await predictor.predict(z.subarray(at, at + EVALUATION_BATCH * PIXELS)), at);
        }
        return out;
      };
      const { samples, testLoss } = await evaluate(predict, testSet);
      if (!Number.isFinite(testLoss)) throw diverged(step, epoch, recipe.learningRate);
      await writeSamples(folder, epoch, samples);
      metrics.append({ step, epoch, testLoss });
      await metrics.flush();
      const due = epoch % recipe.save === 0 || epoch === recipe.epochs;
      if (due) {
        await writeCheckpoint(epochCheckpoint(folder, epoch), { recipe, epoch, step, tensors });
        await rm(spare, { force: true }); // older than this one
      }
      evaluated.add(step);
      await library.runs.update(id, { progress: progress(step, seconds()) });
      const loss = epochLosses.means[epoch - 1]!;
      await appendLog(
        folder,
        `epoch ${epoch} of ${recipe.epochs}: loss ${loss.toPrecision(4)}, test loss ${testLoss.toPrecision(4)}`,
      );
      tell({ type: 'epoch', epoch, step, loss, testLoss });
      return undefined;
    } catch (error) {
      if (error instanceof Asked) return error.ending;
      throw error;
    } finally {
      await predictor.dispose();
    }
  }

  /** Lets messages and signals in, which a step of native code keeps out, and asks for the wish. */
  async function listen(): Promise<Ending | undefined> {
    await new Promise((resolve) => setImmediate(resolve));
    return await wish();
  }

  async function saveResumePoint(): Promise<void> {
    const { step, tensors } = await training.checkpoint();
    await metrics.flush();
    const point: StoredCheckpoint = { recipe, epoch: Math.floor(step / perEpoch), step, tensors };
    await writeCheckpoint(spare, point);
    await library.runs.update(id, { progress: progress(step, seconds()) });
  }

  try {
    for (;;) {
      const { step } = training;
      let asked: Ending | undefined;
      if (step > 0 && step % perEpoch === 0 && !evaluated.has(step)) asked = await finishEpoch(step / perEpoch);
      if (asked === undefined && step === totalSteps(recipe)) {
        await rm(spare, { force: true });
        return 'complete';
      }
      asked ??= await listen();
      if (asked !== undefined) {
        await saveResumePoint();
        return asked;
      }
      const { epoch, loss, learningRate } = await training.advance();
      if (!Number.isFinite(loss)) throw diverged(step + 1, epoch, recipe.learningRate);
      // as it is kept: a resume must come to the same means
      const kept = Math.fround(loss);
      epochLosses.add(kept);
      const metric: StepMetric = { step: step + 1, epoch, loss: kept, learningRate, seconds: seconds() };
      metrics.append(metric);
      tell({ type: 'step', ...metric });
    }
  } finally {
    await training.dispose();
    await metrics.close();
  }
}

/** Thrown through an evaluation to leave it. */
class Asked extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending);
    this.ending = ending;
  }
}

/** A recipe's subset: views, not copies. */
const firstDigits = ({ images, labels }: Digits, count: number): Digits => ({
  images: images.subarray(0, count * PIXELS),
  labels: labels.subarray(0, count),
});

const diverged = (step: number, epoch: number, learningRate: number): StudioError =>
  new StudioError(
    'diverged',
    `The loss stopped being a number at step ${step}, in epoch ${epoch}: training diverged.`,
    `Start a new run with a learning rate below ${learningRate}.`,
  );
