import type { Run } from '#contract/run.ts';
import { picturedEpochs } from '../run/pictures.ts';

/** The first of some runs that has something to show, and the next one of its kind; the runs come newest first. */
export function lastTwo(runs: readonly Run[]): Run[] {
  const shown = runs.filter((run) => picturedEpochs(run).length > 0);
  const kindOf = (run: Run | undefined) => run?.recipe.objective === 'denoise';
  return shown.filter((run) => kindOf(run) === kindOf(shown[0])).slice(0, 2);
}
