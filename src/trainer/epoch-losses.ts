import { stepsPerEpoch, type Recipe } from '#contract/recipe.ts';

/** Mean training loss of each finished epoch, over its images: the last, smaller batch counts as the part that it is. */
export interface EpochLosses {
  /** finished epochs */
  readonly means: readonly number[];
  /** Steps come in order, from step 1. */
  add(loss: number): void;
}

export function createEpochLosses(recipe: Pick<Recipe, 'subset' | 'batchSize'>): EpochLosses {
  const perEpoch = stepsPerEpoch(recipe);
  const lastBatch = recipe.subset - (perEpoch - 1) * recipe.batchSize;
  const means: number[] = [];
  let inEpoch = 0;
  let sum = 0;
  return {
    means,
    add(loss) {
      inEpoch++;
      sum += loss * (inEpoch === perEpoch ? lastBatch : recipe.batchSize);
      if (inEpoch < perEpoch) return;
      means.push(sum / recipe.subset);
      inEpoch = 0;
      sum = 0;
    },
  };
}
