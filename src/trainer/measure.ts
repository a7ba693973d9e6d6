import { StudioError } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { uniforms } from '#engine/random/draws.ts';
import { openTraining, type Digits } from '#engine/training/training.ts';
import { fullBatch } from './speed.ts';

/** The first steps of a program are up to twice as slow. */
const WARM = 2;
const TIMED = 3;
/** Where the first look is taken: a batch that no recipe waits long for. */
const FIRST_LOOK = 16;
/** A step longer than this is timed on a smaller batch instead and scaled: cost is linear in it. In seconds. */
const LONGEST = 0.8;

/** Time doesn't depend on what the pixels show; the data set needn't be there to be asked how long a run takes. */
function anyDigits(count: number): Digits {
  const draws = uniforms(new Float64Array(count * PIXELS), { seed: 0, stream: 'test', step: 0 });
  return { images: Uint8Array.from(draws, (u) => u * 255), labels: Uint8Array.from({ length: count }, (_, i) => i % 10) };
}

/**
 * Seconds a full batch of the recipe takes on the executor: the median of a few warm steps.
 * Looks at `cancelled` between steps and throws a StudioError `state` when it says so.
 */
export async function measureStep(executor: Executor, recipe: Recipe, cancelled: () => boolean): Promise<number> {
  const full = fullBatch(recipe);
  const small = Math.min(FIRST_LOOK, full);
  const aPiece = (await timeSteps(executor, recipe, small, cancelled)) / small;
  const batch = Math.min(full, Math.max(small, Math.floor(LONGEST / aPiece)));
  if (batch === small) return aPiece * full;
  return ((await timeSteps(executor, recipe, batch, cancelled)) / batch) * full;
}

async function timeSteps(executor: Executor, recipe: Recipe, batchSize: number, cancelled: () => boolean): Promise<number> {
  const training = await openTraining(executor, { ...recipe, batchSize, epochs: 1 }, anyDigits(batchSize * (WARM + TIMED)));
  try {
    const times: number[] = [];
    for (let step = 0; step < WARM + TIMED; step++) {
      // a step may block: let messages in
      await new Promise((resolve) => setImmediate(resolve));
      if (cancelled()) throw new StudioError('state', 'The measurement was cancelled.', 'Start it again when you need it.');
      const start = performance.now();
      await training.advance();
      if (step >= WARM) times.push((performance.now() - start) / 1000);
    }
    return times.sort((a, b) => a - b)[TIMED >> 1]!;
  } finally {
    await training.dispose();
  }
}
