import { access, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryName } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';
import { openRuns, type Runs } from './runs.ts';

/** A folder of runs. */
export interface Library {
  readonly folder: string;
  /** the lock of the one run of this library that trains */
  readonly trainingLock: string;
  readonly runs: Runs;
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
  return { folder, trainingLock: join(folder, 'training.lock'), runs: openRuns(folder) };
}

/**
 * Makes a folder and those above it. Not by mkdir's own `recursive`: where a folder is there that nothing can be made in,
 * as in /proc, Node 24 tries that for ever.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const above = dirname(folder);
    if (systemCode(error) !== 'ENOENT' || (await isThere(above))) throw error;
    await makeFolder(above);
    await makeFolder(folder); // or find that another process did
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
