import { stepsPerEpoch, totalSteps, type Recipe } from '#contract/recipe.ts';

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
/** Test digits go through the model after each epoch; forward costs about a third of a step. A first guess until it was seen. */
const EVALUATED_IMAGES = 1000 / 3;

/** Recipes as far as time goes. */
type Extent = Pick<Recipe, 'batchSize' | 'subset' | 'epochs'>;

/** Images of a full batch; a subset may be smaller than one. */
export const fullBatch = (recipe: Pick<Recipe, 'batchSize' | 'subset'>): number => Math.min(recipe.batchSize, recipe.subset);
const guessedEvaluation = (recipe: Extent, secondsPerStep: number): number =>
  (secondsPerStep * EVALUATED_IMAGES) / fullBatch(recipe);

/** Seconds of a whole run whose full batches take `secondsPerStep`. */
export function wholeRunSeconds(recipe: Extent, secondsPerStep: number): number {
  const steps = recipe.subset / fullBatch(recipe); // the last, smaller batch counts as the part of one that it is
  return recipe.epochs * (steps * secondsPerStep + guessedEvaluation(recipe, secondsPerStep));
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
  let epochEnd: number | undefined;

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
        const ends = Math.floor((step - 1) / perEpoch) - Math.floor((last.step - 1) / perEpoch);
        const typical = median();
        if (ends > 0 && typical !== undefined)
          epochEnd = Math.max(0, seconds - last.seconds - (step - last.step) * typical) / ends;
      }
      readings.push({ step, seconds });
      while (readings.length > FEWEST && readings[0]!.seconds < seconds - WINDOW) readings.shift();
    },
    read() {
      const secondsPerStep = median();
      if (secondsPerStep === undefined) return undefined;
      const { step } = readings.at(-1)!;
      const evaluation = epochEnd ?? guessedEvaluation(recipe, secondsPerStep);
      const epochsLeft = recipe.epochs - Math.floor(step / perEpoch);
      return {
        secondsPerStep,
        imagesPerSecond: fullBatch(recipe) / secondsPerStep,
        secondsLeft: (total - step) * secondsPerStep + epochsLeft * evaluation,
      };
    },
  };
}
