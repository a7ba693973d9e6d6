import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runJson, runLock } from './run-folder.ts';

/** By what it is seen, without reading it, that a run is as it was. */
export interface Fingerprint {
  /** of all that tells of a change: run.json, the folders of checkpoints and samples, and the writer's lock */
  text: string;
  /** a lock lies there, whoever may have left it */
  locked: boolean;
  /** when the last of it changed, in milliseconds since 1970 */
  changedAt: number;
}

/**
 * The fingerprint of a run's folder. A run that is written replaces its run.json when anything of it has changed; the two
 * folders tell of checkpoints and samples that a person took away.
 */
export async function fingerprintOf(folder: string): Promise<Fingerprint> {
  const [lock, ...others] = await Promise.all(
    [runLock(folder), runJson(folder), join(folder, 'checkpoints'), join(folder, 'samples')].map(stampOf),
  );
  const stamps = [lock!, ...others];
  return {
    text: stamps.map(({ text }) => text).join(' '),
    locked: lock!.text !== '',
    changedAt: Math.max(...stamps.map(({ changedAt }) => changedAt)),
  };
}

/** Time, size and place of one file or folder; an empty text where there is none. */
export async function stampOf(path: string): Promise<{ text: string; changedAt: number }> {
  return await stat(path).then(
    ({ mtimeMs, size, ino }) => ({ text: `${mtimeMs}/${size}/${ino}`, changedAt: mtimeMs }),
    () => ({ text: '', changedAt: 0 }),
  );
}
