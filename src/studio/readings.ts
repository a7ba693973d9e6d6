import { statfs } from 'node:fs/promises';
import { smoothLosses, thinCurve } from '#contract/curve.ts';
import type { Usage } from '#contract/housekeeping.ts';
import { totalSteps } from '#contract/recipe.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { readMetrics } from '#library/metrics.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import { folderBytes } from '#library/usage.ts';

type Sparkline = CallOutput<'runs.sparkline'>;
const SPARK_POINTS = 60;

/** What takes a look at a run's files to tell, kept for as long as the run stays as it is. */
export interface Readings {
  sparkline(run: StoredRun): Promise<Sparkline>;
  usage(): Promise<Usage>;
}

export function createReadings(library: Library, known: () => StoredRun[]): Readings {
  // a run that has changed is another object
  const sizes = new WeakMap<StoredRun, number>();
  const sparklines = new WeakMap<StoredRun, Sparkline>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other: each parses a megabyte, and others want to be answered between. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function sizeOf(run: StoredRun): Promise<number> {
    const found = sizes.get(run);
    if (found !== undefined) return found;
    const bytes = await folderBytes(run.folder);
    // one that is being written grows without saying so
    if (run.holder === undefined) sizes.set(run, bytes);
    return bytes;
  }

  return {
    sparkline: (run) =>
      inTurn(async () => {
        const found = sparklines.get(run);
        if (found !== undefined) return found;
        const { steps, losses } = await readMetrics(metricsFile(run.folder));
        const total = totalSteps(run.recipe);
        const { x, y } = thinCurve(steps, smoothLosses(losses, total), SPARK_POINTS, 1, Math.max(1, steps.at(-1) ?? 1));
        const line = { steps: x as Sparkline['steps'], losses: y as Sparkline['losses'] };
        if (run.holder === undefined) sparklines.set(run, line);
        return line;
      }),
    async usage() {
      const runs: Usage['runs'] = [];
      for (const run of known()) runs.push({ id: run.id, bytes: await sizeOf(run) });
      const trash = (await library.trash.list()).reduce((sum, { bytes }) => sum + bytes, 0);
      const free = await statfs(library.folder).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => undefined,
      );
      return { runs, trash, ...(free !== undefined && { free }) };
    },
  };
}
