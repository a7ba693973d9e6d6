import { rm } from 'node:fs/promises';
import type { KeptEpochs, Thinning } from '#contract/housekeeping.ts';
import { SHOWN_EPOCHS } from '#contract/sampling.ts';
import { epochCheckpoint, listCheckpoints, momentBytes, stripMoments } from './checkpoint.ts';
import { diskError } from './disk-error.ts';
import { lockRun, updateRun } from './run-folder.ts';

/** What is asked of a thinning. */
interface Wish {
  moments: boolean;
  epochs: KeptEpochs;
}

/** What thinning a run would take away. Samples, metrics and the newest checkpoint stay in any case. */
export async function planThinning(run: string, { moments, epochs }: Wish): Promise<Thinning> {
  const older = (await listCheckpoints(run)).slice(0, -1);
  const keeps = (epoch: number): boolean => epochs === 'all' || (epochs === 'shown' && SHOWN_EPOCHS.includes(epoch));
  const plan: Thinning = { drop: [], strip: [], bytes: 0 };
  for (const { epoch, bytes } of older) {
    if (!keeps(epoch)) {
      plan.drop.push(epoch);
      plan.bytes += bytes;
    } else if (moments) {
      const freed = await momentBytes(epochCheckpoint(run, epoch));
      if (freed === 0) continue;
      plan.strip.push(epoch);
      plan.bytes += freed;
    }
  }
  return plan;
}

/**
 * Thins a run that nobody writes. Each checkpoint is deleted or replaced in one step, so a run that is killed on the way
 * is thinned in part, and can be thinned again. Throws StudioError `busy` while a process writes it, `checkpoint` where
 * one can't be read.
 */
export async function thinRun(run: string, wish: Wish): Promise<Thinning> {
  const lock = await lockRun(run);
  try {
    const plan = await planThinning(run, wish);
    for (const epoch of plan.drop) {
      const file = epochCheckpoint(run, epoch);
      await rm(file, { force: true }).catch((error: unknown) => {
        throw diskError(error, 'delete', file);
      });
    }
    for (const epoch of plan.strip) await stripMoments(epochCheckpoint(run, epoch));
    return plan;
  } finally {
    // whoever watches the run sees by run.json that it has changed
    await updateRun(run, {}).finally(() => lock.release());
  }
}
