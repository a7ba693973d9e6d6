import type { Run } from '#contract/run.ts';

/** The epochs that a run can be shown by: of part 1 those whose test digits are saved, of part 2 those whose grids are. */
export const picturedEpochs = ({ recipe, sampledEpochs, gridEpochs }: Run): readonly number[] =>
  recipe.objective === 'denoise' ? sampledEpochs : gridEpochs;

/** What RunThumb needs for the newest picture of a run, as plain values. */
export const thumbOf = (run: Run) => ({
  id: run.id,
  seed: run.recipe.seed,
  grid: run.recipe.objective !== 'denoise',
  epoch: picturedEpochs(run).at(-1),
});
