import { presetRecipe } from '#contract/preset.ts';
import { stepsPerEpoch, type Recipe } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';

/** A run for tests: as assigned unless told otherwise, with `epochs` of them finished. */
export function scriptedRun(
  id: string,
  { epochs = 0, recipe = {}, ...rest }: { epochs?: number; recipe?: Partial<Recipe> } & Partial<Omit<Run, 'recipe' | 'id'>> = {},
): Run {
  const full = { ...presetRecipe('denoiser', 'assigned'), ...recipe };
  const finished = Array.from({ length: epochs }, (_, i) => i + 1);
  return {
    format: 1,
    id,
    name: `Run ${id}`,
    recipe: full,
    state: { status: 'completed', at: 0 },
    progress: {
      epoch: epochs,
      step: epochs * stepsPerEpoch(full),
      seconds: epochs * 60,
      epochLosses: finished.map((epoch) => 0.02 / epoch),
    },
    createdAt: 0,
    writer: 'none',
    checkpoints: finished.map((epoch) => ({ epoch, bytes: 1000, savedAt: 0 })),
    sampledEpochs: finished,
    gridEpochs: [],
    tags: [],
    notes: '',
    folder: `/library/runs/${id}`,
    ...rest,
  };
}
