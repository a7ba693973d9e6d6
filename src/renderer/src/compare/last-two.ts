import type { Run } from '#contract/run.ts';
import { picturedEpochs } from '../run/pictures.ts';

/**
 * The first two of some runs that are of one kind and have something to show, the runs coming newest first; of the kind of the
 * newest, where it has two. One or none where there are no two.
 */
export function lastTwo(runs: readonly Run[]): Run[] {
  const shown = runs.filter((run) => picturedEpochs(run).length > 0);
  const isDenoiser = (run: Run): boolean => run.recipe.objective === 'denoise';
  const ofKind = [shown.filter(isDenoiser), shown.filter((run) => !isDenoiser(run))].map((kind) => kind.slice(0, 2));
  const [newest] = shown;
  return (
    ofKind.find((two) => two.length === 2 && two.includes(newest!)) ?? ofKind.find((two) => two.length === 2) ?? shown.slice(0, 1)
  );
}
