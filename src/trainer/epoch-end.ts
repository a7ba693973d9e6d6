import { rm } from 'node:fs/promises';
import { gridPlan, samplersOf } from '#contract/sampling.ts';
import { loss as lossText } from '#contract/words.ts';
import { CLASSES, PIXELS } from '#engine/model/unet.ts';
import { openPredictor, type Predictor } from '#engine/training/predictor.ts';
import { epochCheckpoint, resumeCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { appendLog } from '#library/log.ts';
import { writeGrid } from '#library/grids.ts';
import { writeSamples } from '#library/samples.ts';
import { diverged } from './diverged.ts';
import { evaluate } from './evaluation.ts';
import { sampleGrid } from './sampling.ts';
import type { Ending, OpenRun } from './sitting.ts';

/** Images a pass of the evaluation; between passes it can be asked to end. */
const BATCH = 100;

/**
 * The end of an epoch: test digits, their loss, the checkpoint where the recipe wants one, a grid of samples where the
 * objective has any. The test loss is written last: it says that all the rest is there. The checkpoint comes before the
 * grid, which may take a minute that a crash should not cost an epoch. Gives the wish that came between; then the epoch's
 * end is done again when the run goes on.
 */
export async function finishEpoch(open: OpenRun, epoch: number): Promise<Ending | undefined> {
  try {
    await finish(open, epoch);
    return undefined;
  } catch (error) {
    if (error instanceof Asked) return error.ending;
    throw error;
  }
}

async function finish(open: OpenRun, epoch: number): Promise<void> {
  const { folder, recipe, executor, training, metrics } = open;
  const { step, tensors } = await training.checkpoint();
  const predictor = await openPredictor(executor, recipe, tensors, BATCH);
  const evaluating = evaluate((x, t, c) => predict(open, predictor, x, t, c), open.testSet);
  const { samples, testLoss } = await evaluating.finally(() => predictor.dispose());
  if (!Number.isFinite(testLoss)) throw diverged(step, epoch, recipe.learningRate);

  if (samples !== undefined) await writeSamples(folder, epoch, samples);
  await metrics.flush();
  const due = epoch % recipe.save === 0 || epoch === recipe.epochs;
  if (due) await writeCheckpoint(epochCheckpoint(folder, epoch), { recipe, epoch, step, tensors });
  if (samplersOf[recipe.objective].length > 0) {
    open.tell({ type: 'sampling', epoch, steps: gridPlan(recipe, epoch).steps });
    await writeGrid(folder, epoch, await sampleGrid(executor, { recipe, tensors }, epoch, () => checkWish(open)));
  }
  metrics.append({ step, epoch, testLoss });
  await metrics.flush();
  open.finished.add(step);
  if (due) await rm(resumeCheckpoint(folder), { force: true });

  await open.saveProgress();
  const loss = open.epochLosses.means[epoch - 1]!;
  await appendLog(folder, `epoch ${epoch} of ${recipe.epochs}: loss ${lossText(loss)}, test loss ${lossText(testLoss)}`);
  open.tell({ type: 'epoch', epoch, step, loss, testLoss });
}

/** Throws Asked when the sitting is asked to end. */
async function checkWish({ listen }: OpenRun): Promise<void> {
  const asked = await listen();
  if (asked !== undefined) throw new Asked(asked);
}

/** x n × 784, t [n] and c [n, 10] → n × 784, in passes. Throws Asked when the sitting is asked to end. */
async function predict(
  open: OpenRun,
  predictor: Predictor,
  x: Float32Array,
  t?: Float32Array,
  c?: Float32Array,
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length / PIXELS; start += BATCH) {
    await checkWish(open);
    const part = (rows: Float32Array, width: number) => rows.subarray(start * width, (start + BATCH) * width);
    const passed = await predictor.predict(part(x, PIXELS), t && part(t, 1), c && part(c, CLASSES));
    out.set(passed, start * PIXELS);
  }
  return out;
}

/** Thrown through an evaluation or a sampling to leave it. */
class Asked extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending);
    this.ending = ending;
  }
}
