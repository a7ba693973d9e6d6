import { partOf, type Part } from '#contract/preset.ts';
import type { Run } from '#contract/run.ts';

/** Statuses of runs that go on, or can, before those that have ended. */
const AHEAD: readonly Run['state']['status'][] = ['training', 'queued', 'paused', 'interrupted'];

/** A part's runs, newest first as they come. */
export const runsOfPart = (part: Part, runs: readonly Run[]): Run[] => runs.filter((run) => partOf(run.recipe) === part);

/** Of some runs, newest first, the one to show: the one that trains or waits, else the newest. */
export function runToShow(runs: readonly Run[]): Run | undefined {
  for (const status of AHEAD) {
    const run = runs.find((r) => r.state.status === status);
    if (run !== undefined) return run;
  }
  return runs[0];
}
