import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryName } from './atomic-file.ts';
import { diskError } from './disk-error.ts';
import { makeFolder } from './make-folder.ts';
import { openRuns, type Runs } from './runs.ts';
import { openTrash, type Trash } from './trash.ts';

/** A folder of runs. */
export interface Library {
  readonly folder: string;
  /** the lock of the one run of this library that trains */
  readonly trainingLock: string;
  readonly runs: Runs;
  readonly trash: Trash;
}

/**
 * Opens a library and makes it where there is none. Proves that it can be written, so that a run fails before it
 * has begun rather than after. Throws StudioError `library` or `disk-full`, naming the folder.
 */
export async function openLibrary(folder: string): Promise<Library> {
  try {
    await makeFolder(join(folder, 'runs'));
    const proof = temporaryName(join(folder, 'proof'));
    await writeFile(proof, 'writable', { flag: 'wx' });
    await rm(proof);
  } catch (error) {
    throw diskError(error, 'use the library folder', folder);
  }
  return { folder, trainingLock: join(folder, 'training.lock'), runs: openRuns(folder), trash: openTrash(folder) };
}
