import { stepsPerEpoch, totalSteps, type Recipe } from '#contract/recipe.ts';
import { gridPlan, samplersOf } from '#contract/sampling.ts';

/** How fast a run trains, and what is left of it. */
interface Speed {
  /** of a full batch */
  secondsPerStep: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

/** Readings are kept for this long, in seconds of training, and this many at least. */
const WINDOW = 15;
const FEWEST = 4;
/** Test digits that go through the model after each epoch. */
const EVALUATED_IMAGES = 1000;
/** Forward costs about a third of a step: a first guess until the end of an epoch was seen. */
const FORWARD = 1 / 3;
/** A guided answer costs the work of two images, less what both share. */
const GUIDED = 1.8;

/** Recipes as far as time goes. */
type Extent = Pick<Recipe, 'batchSize' | 'subset' | 'epochs' | 'objective' | 'conditioning' | 'timesteps' | 'ema'>;

/** Images of a full batch; a subset may be smaller than one. */
export const fullBatch = (recipe: Pick<Recipe, 'batchSize' | 'subset'>): number => Math.min(recipe.batchSize, recipe.subset);
const guessedForward = (recipe: Extent, secondsPerStep: number): number => (secondsPerStep * FORWARD) / fullBatch(recipe);

/** Images that go forward through the model at the end of an epoch, from 1: the test digits, and the grid of samples. */
function imagesAtEnd(recipe: Extent, epoch: number): number {
  if (samplersOf[recipe.objective].length === 0) return EVALUATED_IMAGES;
  const { count, steps, sampler, labels } = gridPlan(recipe, epoch);
  const answers = steps * (sampler === 'heun' ? 2 : 1) * (labels === null ? 1 : GUIDED);
  return EVALUATED_IMAGES + count * answers;
}
/** The same for the epochs after `from` up to `to`. */
function imagesAtEnds(recipe: Extent, from: number, to: number): number {
  let sum = 0;
  for (let epoch = from + 1; epoch <= to; epoch++) sum += imagesAtEnd(recipe, epoch);
  return sum;
}

/** Seconds of a whole run whose full batches take `secondsPerStep`. */
export function wholeRunSeconds(recipe: Extent, secondsPerStep: number): number {
  const steps = recipe.subset / fullBatch(recipe); // the last, smaller batch counts as the part of one that it is
  const ends = imagesAtEnds(recipe, 0, recipe.epochs) * guessedForward(recipe, secondsPerStep);
  return recipe.epochs * steps * secondsPerStep + ends;
}

interface Reading {
  step: number;
  seconds: number;
}

export interface Speedometer {
  /** A finished step and the seconds of training up to its end. A step that isn't above the last one starts over. */
  add(step: number, seconds: number): void;
  /** Undefined until two steps of one sitting were seen. */
  read(): Speed | undefined;
}

/**
 * Reads a run's speed off its steps. The median of the last seconds' steps: the evaluation at the end of an epoch,
 * or a pause of the whole machine, doesn't bend it. What the end of an epoch costs is counted apart.
 */
export function createSpeedometer(recipe: Extent): Speedometer {
  const perEpoch = stepsPerEpoch(recipe);
  const total = totalSteps(recipe);
  let readings: Reading[] = [];
  /** seconds for an image at the end of the last epoch */
  let forward: number | undefined;

  const median = (): number | undefined => {
    const times = readings.slice(1).map((r, i) => (r.seconds - readings[i]!.seconds) / (r.step - readings[i]!.step));
    times.sort((a, b) => a - b);
    return times[times.length >> 1];
  };
  return {
    add(step, seconds) {
      const last = readings.at(-1);
      if (last !== undefined && (step <= last.step || seconds < last.seconds)) readings = [];
      else if (last !== undefined) {
        const [from, to] = [last.step, step].map((s) => Math.floor((s - 1) / perEpoch)) as [number, number];
        const typical = median();
        if (to > from && typical !== undefined)
          forward = Math.max(0, seconds - last.seconds - (step - last.step) * typical) / imagesAtEnds(recipe, from, to);
      }
      readings.push({ step, seconds });
      while (readings.length > FEWEST && readings[0]!.seconds < seconds - WINDOW) readings.shift();
    },
    read() {
      const secondsPerStep = median();
      if (secondsPerStep === undefined) return undefined;
      const { step } = readings.at(-1)!;
      const images = imagesAtEnds(recipe, Math.floor(step / perEpoch), recipe.epochs);
      return {
        secondsPerStep,
        imagesPerSecond: fullBatch(recipe) / secondsPerStep,
        secondsLeft: (total - step) * secondsPerStep + images * (forward ?? guessedForward(recipe, secondsPerStep)),
      };
    },
  };
}
