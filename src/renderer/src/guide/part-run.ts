import { partOf, type Part } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';

/** Statuses of runs that go on, or can, before those that have ended. */
const AHEAD: readonly Run['state']['status'][] = ['training', 'queued', 'paused', 'interrupted'];

/** A part's runs, of one network where that is asked for; newest first as they come. */
export const runsOfPart = (part: Part, runs: readonly Run[], model?: Recipe['model']): Run[] =>
  runs.filter(({ recipe }) => partOf(recipe) === part && (model === undefined || recipe.model === model));

/** Of some runs, newest first, the one to show: the one that trains or waits, else the newest. */
export function runToShow(runs: readonly Run[]): Run | undefined {
  for (const status of AHEAD) {
    const run = runs.find((r) => r.state.status === status);
    if (run !== undefined) return run;
  }
  return runs[0];
}
