import { rm } from 'node:fs/promises';
import type { EpochMetric, MetricColumns, StepMetric } from '#contract/metrics.ts';
import { stepsPerEpoch, totalSteps } from '#contract/recipe.ts';
import type { Progress, Resolved, RunFile } from '#contract/run.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { openTraining, type Digits, type Training } from '#engine/training/training.ts';
import { latestResumePoint, resumeCheckpoint, writeCheckpoint, type StoredCheckpoint } from '#library/checkpoint.ts';
import type { Library } from '#library/library.ts';
import { appendLog } from '#library/log.ts';
import { cutMetrics, openMetricsWriter, readMetrics, type MetricsWriter } from '#library/metrics.ts';
import { loadMnist } from '#library/mnist.ts';
import { metricsFile } from '#library/run-folder.ts';
import { diverged } from './diverged.ts';
import { finishEpoch } from './epoch-end.ts';
import { createEpochLosses, type EpochLosses } from './epoch-losses.ts';
import { prepareTestSet, type TestSet } from './evaluation.ts';
import type { Preferences } from './messages.ts';
import { openRunDevice, type Opened, type Override } from './resolve.ts';

/** What a sitting tells as it goes. */
export type SittingEvent =
  | { type: 'started'; resolved: Resolved; step: number; deviations: readonly string[] }
  | ({ type: 'step' } & StepMetric)
  /** the grid of an epoch is being sampled */
  | { type: 'sampling'; epoch: number; steps: number }
  | ({ type: 'epoch'; loss: number } & EpochMetric);

/** How a sitting may be asked to end. */
export type Ending = 'pause' | 'stop' | 'interrupt';

export interface SittingOptions {
  library: Library;
  run: RunFile;
  folder: string;
  preferences: () => Preferences | Promise<Preferences>;
  override?: Override;
  wish: () => Promise<Ending | undefined>;
  onEvent?: (event: SittingEvent) => void;
}

/** A run at its device, from the first step of a sitting to its last. */
export interface OpenRun {
  folder: string;
  recipe: RunFile['recipe'];
  executor: Opened['executor'];
  training: Training;
  metrics: MetricsWriter;
  epochLosses: EpochLosses;
  testSet: TestSet;
  /** the steps after which an epoch's end is done with */
  finished: Set<number>;
  /** of training up to now, over all sittings */
  seconds: () => number;
  /** Writes to run.json where the run stands now. */
  saveProgress: () => Promise<void>;
  /** Lets messages and signals in, which a step of native code may keep out, and asks whether to end. */
  listen: () => Promise<Ending | undefined>;
  tell: (event: SittingEvent) => void;
}

/**
 * One sitting of training: from the newest checkpoint, or from the start, until the run is complete or asked to end.
 *
 * Whatever the instant of a crash, the next sitting repeats the same bits. A checkpoint is the only thing it goes on
 * from: the metrics of all steps before it are on the disk first, and what came after it is cut away and done again.
 * The test loss is the last thing an epoch writes, so an epoch without it is finished again.
 */
export async function sit(options: SittingOptions): Promise<Ending | 'complete'> {
  const open = await begin(options);
  const { recipe, training, metrics, epochLosses } = open;
  try {
    for (;;) {
      const { step, stepsPerEpoch: perEpoch } = training;
      let asked: Ending | undefined;
      if (step > 0 && step % perEpoch === 0 && !open.finished.has(step)) asked = await finishEpoch(open, step / perEpoch);
      if (asked === undefined && step === totalSteps(recipe)) {
        await rm(resumeCheckpoint(open.folder), { force: true });
        return 'complete';
      }
      asked ??= await open.listen();
      if (asked !== undefined) {
        await saveResumePoint(open);
        return asked;
      }
      const { epoch, loss, quarters, learningRate } = await training.advance();
      if (!Number.isFinite(loss)) throw diverged(step + 1, epoch, recipe.learningRate);
      epochLosses.add(loss);
      const ofQuarters = quarters === undefined ? {} : { quarters };
      const metric: StepMetric = { step: step + 1, epoch, loss, ...ofQuarters, learningRate, seconds: open.seconds() };
      metrics.append(metric);
      open.tell({ type: 'step', ...metric });
    }
  } finally {
    await training.dispose();
    await metrics.close();
  }
}

/** Everything up to the first step: the resume point, the device, the data, the metrics cut back to where the run goes on. */
async function begin({ library, run, folder, preferences, override, wish, onEvent }: SittingOptions): Promise<OpenRun> {
  const { id, recipe } = run;
  const perEpoch = stepsPerEpoch(recipe);
  const { checkpoint: from, skipped } = await latestResumePoint(folder, recipe);
  if (from === undefined && skipped[0] !== undefined) throw skipped[0];
  for (const error of skipped) await appendLog(folder, `passed over a checkpoint: ${error.message}`);
  const step = from?.step ?? 0;

  const { executor, resolved, deviations } = await openRunDevice(preferences, run.resolved, override);
  const digits = firstDigits(await loadMnist('train'), recipe.subset);
  const testSet = prepareTestSet(await loadMnist('test'), recipe);
  await cutMetrics(metricsFile(folder), step);
  const past = await readMetrics(metricsFile(folder));
  const epochLosses = epochLossesOf(recipe, past);

  const progress = (step: number, seconds: number): Progress => ({
    epoch: Math.floor(step / perEpoch),
    step,
    seconds,
    epochLosses: [...epochLosses.means],
  });
  await library.runs.update(id, { resolved, progress: progress(step, run.progress.seconds) });
  const { device, precision, threads, engine, processor } = resolved;
  const beginning = from === undefined ? 'starts' : `goes on after step ${step}`;
  await appendLog(folder, `${beginning} on ${device} in ${precision} with ${threads} threads (${engine}; ${processor})`);
  if (deviations.length > 0)
    await appendLog(folder, `the rest need not repeat an uninterrupted run bit by bit: ${deviations.join('; ')}`);
  onEvent?.({ type: 'started', resolved, step, deviations });

  const training = await openTraining(executor, recipe, digits, from);
  const metrics = await openMetricsWriter(metricsFile(folder));
  const began = performance.now();
  const seconds = (): number => Math.round(run.progress.seconds * 1000 + performance.now() - began) / 1000;
  return {
    folder,
    recipe,
    executor,
    training,
    metrics,
    epochLosses,
    testSet,
    finished: new Set(past.testSteps),
    seconds,
    saveProgress: async () => {
      await library.runs.update(id, { progress: progress(training.step, seconds()) });
    },
    listen: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return await wish();
    },
    tell: (event) => onEvent?.(event),
  };
}

/** Where a pause or stop leaves the run. */
async function saveResumePoint({ folder, recipe, training, metrics, saveProgress }: OpenRun): Promise<void> {
  const { step, tensors } = await training.checkpoint();
  await metrics.flush();
  const point: StoredCheckpoint = { recipe, epoch: Math.floor(step / training.stepsPerEpoch), step, tensors };
  await writeCheckpoint(resumeCheckpoint(folder), point);
  await saveProgress();
}

function epochLossesOf(recipe: RunFile['recipe'], { losses }: MetricColumns): EpochLosses {
  const epochLosses = createEpochLosses(recipe);
  for (const loss of losses) epochLosses.add(loss);
  return epochLosses;
}

/** A recipe's subset: views, not copies. */
const firstDigits = ({ images, labels }: Digits, count: number): Digits => ({
  images: images.subarray(0, count * PIXELS),
  labels: labels.subarray(0, count),
});
