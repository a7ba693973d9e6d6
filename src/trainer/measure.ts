import { StudioError } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { uniforms } from '#engine/random/draws.ts';
import { openTraining, type Digits } from '#engine/training/training.ts';
import { fullBatch } from './speed.ts';

/** Steps before and while it is timed: the first of a program are up to twice as slow. */
interface Look {
  warm: number;
  timed: number;
}
/** On a batch that no recipe waits long for; it says what batch to time. */
const FIRST: Look & { batch: number } = { batch: 8, warm: 2, timed: 3 };
const SECOND: Look = { warm: 1, timed: 3 };
/**
 * A step longer than this, in seconds, is timed on a smaller batch and scaled: cost is linear in it, but for
 * what a step costs once (Adam, copies), which is a few hundredths at this length.
 */
const LONGEST = 1.2;

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
  const small = Math.min(FIRST.batch, full);
  const aPiece = (await timeSteps(executor, recipe, small, FIRST, cancelled)) / small;
  const batch = Math.min(full, Math.max(small, Math.floor(LONGEST / aPiece)));
  if (batch === small) return aPiece * full;
  return ((await timeSteps(executor, recipe, batch, SECOND, cancelled)) / batch) * full;
}

/** The median of the timed steps on batches of a size, in seconds. Looks at `cancelled` as measureStep does. */
export async function timeSteps(
  executor: Executor,
  recipe: Recipe,
  batchSize: number,
  { warm, timed }: Look,
  cancelled: () => boolean,
): Promise<number> {
  const steps = warm + timed;
  const training = await openTraining(executor, { ...recipe, batchSize, epochs: 1 }, anyDigits(batchSize * steps));
  try {
    const times: number[] = [];
    for (let step = 0; step < steps; step++) {
      // a step may block: let messages in
      await new Promise((resolve) => setImmediate(resolve));
      if (cancelled()) throw new StudioError('state', 'The measurement was cancelled.', 'Start it again when you need it.');
      const start = performance.now();
      await training.advance();
      if (step >= warm) times.push((performance.now() - start) / 1000);
    }
    return times.sort((a, b) => a - b)[timed >> 1]!;
  } finally {
    await training.dispose();
  }
}
