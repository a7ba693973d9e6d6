import { rm } from 'node:fs/promises';
import { PIXELS } from '#engine/model/unet.ts';
import { openPredictor, type Predictor } from '#engine/training/predictor.ts';
import { epochCheckpoint, resumeCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { appendLog } from '#library/log.ts';
import { writeSamples } from '#library/samples.ts';
import { diverged } from './diverged.ts';
import { evaluate } from './evaluation.ts';
import type { Ending, OpenRun } from './sitting.ts';

/** Images a pass of the evaluation; between passes it can be asked to end. */
const BATCH = 100;

/**
 * The end of an epoch: test digits, their loss, the checkpoint where the recipe wants one. The test loss is written
 * last: it says that all the rest is there. Gives the wish that came between, and then nothing of it counts.
 */
export async function finishEpoch(open: OpenRun, epoch: number): Promise<Ending | undefined> {
  const { folder, recipe, training, metrics } = open;
  const { step, tensors } = await training.checkpoint();
  const predictor = await openPredictor(open.executor, recipe, tensors, BATCH);
  let evaluation: Awaited<ReturnType<typeof evaluate>>;
  try {
    evaluation = await evaluate((z) => predict(open, predictor, z), open.testSet);
  } catch (error) {
    if (error instanceof Asked) return error.ending;
    throw error;
  } finally {
    await predictor.dispose();
  }
  const { samples, testLoss } = evaluation;
  if (!Number.isFinite(testLoss)) throw diverged(step, epoch, recipe.learningRate);

  await writeSamples(folder, epoch, samples);
  await metrics.flush();
  const due = epoch % recipe.save === 0 || epoch === recipe.epochs;
  if (due) await writeCheckpoint(epochCheckpoint(folder, epoch), { recipe, epoch, step, tensors });
  metrics.append({ step, epoch, testLoss });
  await metrics.flush();
  open.finished.add(step);
  if (due) await rm(resumeCheckpoint(folder), { force: true });

  await open.saveProgress();
  const loss = open.epochLosses.means[epoch - 1]!;
  await appendLog(
    folder,
    `epoch ${epoch} of ${recipe.epochs}: loss ${loss.toPrecision(4)}, test loss ${testLoss.toPrecision(4)}`,
  );
  open.tell({ type: 'epoch', epoch, step, loss, testLoss });
  return undefined;
}

/** n × 784 → n × 784, in passes. Throws Asked when the sitting is asked to end. */
async function predict({ listen }: OpenRun, predictor: Predictor, z: Float32Array): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(z.length);
  for (let at = 0; at < z.length; at += BATCH * PIXELS) {
    const asked = await listen();
    if (asked !== undefined) throw new Asked(asked);
    out.set(await predictor.predict(z.subarray(at, at + BATCH * PIXELS)), at);
  }
  return out;
}

/** Thrown through an evaluation to leave it. */
class Asked extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending);
    this.ending = ending;
  }
}
