import { presetRecipe } from '#contract/preset.ts';
import { StudioError } from '#contract/error.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { EngineError } from '#engine/error.ts';
import { openTraining, type Digits, type Training } from '#engine/training/training.ts';
import { selfCheck } from '#engine/verification/self-check.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { loadMnist } from '#library/mnist.ts';
import type { Probe } from './messages.ts';
import { timeSteps } from './measure.ts';
import { openDevice } from './open-device.ts';

/** Speeds are those of a Quick look. */
const RECIPE = presetRecipe('denoiser', 'quick');
/** Seconds for a digit above which a device is timed by two steps of two digits: it would take minutes. */
const SLOW = 0.1;
/** Steps that are trained in both precisions; the loss is compared over the second half. */
const STEPS = 24;
/** How far bfloat16's loss may be from float32's. */
const LOSS = 0.01;

/**
 * Finds out what a device is worth: whether a training step gives the reference's numbers, how fast it is, and what
 * bfloat16 does on it. Not timed where another run trains meanwhile: neither would get its due.
 * Throws an EngineError `device` when it doesn't start.
 */
export async function probeDevice(device: string, threads: number, timed: boolean): Promise<Probe> {
  const executor = await openDevice(device, threads, 'float32');
  const { engine } = executor;
  const worst = await selfCheck(executor);
  const probe: Probe = { engine, selfCheck: worst };
  if (!(worst.error <= worst.tolerance)) return probe;
  const short = await orWhyNot(() => openDevice(device, threads, 'bfloat16'));
  if (short.value !== undefined) return timed ? { ...probe, ...(await compare(executor, short.value)) } : probe;
  const speed = timed ? { imagesPerSecond: await imagesPerSecond(executor) } : {};
  return { ...probe, ...speed, bfloat16: { chosen: false, why: short.why } };
}

async function orWhyNot<T>(attempt: () => Promise<T>): Promise<{ value: T } | { value?: undefined; why: string }> {
  try {
    return { value: await attempt() };
  } catch (error) {
    if (error instanceof EngineError || error instanceof StudioError) return { why: error.message };
    throw error;
  }
}

async function imagesPerSecond(executor: Executor): Promise<number> {
  const never = (): boolean => false;
  const first = (await timeSteps(executor, RECIPE, 2, { warm: 1, timed: 1 }, never)) / 2;
  if (first > SLOW) return 1 / first;
  return RECIPE.batchSize / (await timeSteps(executor, RECIPE, RECIPE.batchSize, { warm: 2, timed: 5 }, never));
}

/** The same steps in both precisions, in turns, so that what else the machine does slows both. */
async function compare(whole: Executor, short: Executor): Promise<Pick<Probe, 'imagesPerSecond' | 'bfloat16'>> {
  const read = await orWhyNot(() => loadMnist('train'));
  if (read.value === undefined)
    return { imagesPerSecond: await imagesPerSecond(whole), bfloat16: { chosen: false, why: read.why } };
  const digits = first(read.value, STEPS * RECIPE.batchSize);
  const recipe = { ...RECIPE, epochs: 1 };
  const runs: { training: Training; losses: number[]; seconds: number[] }[] = [];
  try {
    for (const executor of [whole, short])
      runs.push({ training: await openTraining(executor, recipe, digits), losses: [], seconds: [] });
    for (let step = 0; step < STEPS; step++)
      for (const run of runs) {
        const start = performance.now();
        run.losses.push((await run.training.advance()).loss);
        run.seconds.push((performance.now() - start) / 1000);
      }
  } finally {
    for (const { training } of runs) await training.dispose();
  }
  const half = STEPS / 2;
  const [float32, bfloat16] = runs.map(({ losses, seconds }) => ({
    loss: losses.slice(half).reduce((a, b) => a + b, 0),
    speed: RECIPE.batchSize / seconds.slice(half).sort((a, b) => a - b)[half >> 1]!,
  })) as [{ loss: number; speed: number }, { loss: number; speed: number }];
  const lossRatio = bfloat16.loss / float32.loss;
  const why = !(Math.abs(lossRatio - 1) <= LOSS)
    ? `Its loss is ${lossRatio.toFixed(3)} times float32's after ${STEPS} steps.`
    : bfloat16.speed <= float32.speed
      ? 'It is not faster than float32 here.'
      : '';
  return {
    imagesPerSecond: float32.speed,
    bfloat16: { chosen: why === '', why, imagesPerSecond: bfloat16.speed, lossRatio },
  };
}

const first = ({ images, labels }: Digits, count: number): Digits => ({
  images: images.subarray(0, count * PIXELS),
  labels: labels.subarray(0, count),
});
