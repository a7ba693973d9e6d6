import { statfs } from 'node:fs/promises';
import { smoothLosses, thinCurve } from '#contract/curve.ts';
import type { Usage } from '#contract/housekeeping.ts';
import { totalSteps } from '#contract/recipe.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { readMetrics } from '#library/metrics.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import type { Summaries } from '#library/summaries.ts';
import { folderBytes } from '#library/usage.ts';
import { stampOf } from '#library/fingerprint.ts';

type Sparkline = CallOutput<'runs.sparkline'>;
const SPARK_POINTS = 60;

/** What takes a look at a run's files to tell, kept for as long as the run stays as it is. */
export interface Readings {
  sparkline(run: StoredRun): Promise<Sparkline>;
  usage(): Promise<Usage>;
}

export function createReadings(library: Library, summaries: Summaries, known: () => StoredRun[]): Readings {
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other: each parses a megabyte, and others want to be answered between. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function sizeOf(run: StoredRun): Promise<number> {
    const found = summaries.findings(run)?.bytes;
    if (found !== undefined) return found;
    const bytes = await folderBytes(run.folder);
    // nothing is noted of one that is being written: it grows without saying so
    summaries.note(run, { bytes });
    return bytes;
  }

  return {
    sparkline: (run) =>
      inTurn(async () => {
        const { text: of } = await stampOf(metricsFile(run.folder));
        const found = summaries.findings(run)?.sparkline;
        if (found?.of === of)
          return { steps: Float64Array.from(found.steps), losses: Float32Array.from(found.losses, (loss) => loss ?? NaN) };
        const { steps, losses } = await readMetrics(metricsFile(run.folder));
        const total = totalSteps(run.recipe);
        const { x, y } = thinCurve(steps, smoothLosses(losses, total), SPARK_POINTS, 1, Math.max(1, steps.at(-1) ?? 1));
        const line = { steps: x as Sparkline['steps'], losses: y as Sparkline['losses'] };
        summaries.note(run, {
          sparkline: { of, steps: [...x], losses: Array.from(y, (loss) => (Number.isFinite(loss) ? loss : null)) },
        });
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
