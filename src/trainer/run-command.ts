import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '#library/atomic-file.ts';
import { diskError, systemCode } from '#library/disk-error.ts';

/**
 * A wish that any process may leave in a run's folder for the process that trains it, whichever that is:
 * a window pauses what a command line trains. The writer looks between steps.
 */
export type RunCommand = 'pause' | 'stop';

const fileOf = (runFolder: string): string => join(runFolder, 'command');

/** Asks the run's writer to pause or stop after the step under way. The later wish wins. */
export const requestCommand = (runFolder: string, command: RunCommand): Promise<void> => replaceFile(fileOf(runFolder), command);

/** The wish that was left, taken away with this call. */
export async function takeCommand(runFolder: string): Promise<RunCommand | undefined> {
  const file = fileOf(runFolder);
  try {
    const text = await readFile(file, 'utf8');
    await rm(file, { force: true });
    return text === 'pause' || text === 'stop' ? text : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw diskError(error, 'read', file);
  }
}
