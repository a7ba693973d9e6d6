/**
 * `die-at.ts LIBRARY ID FILE`: trains a run, and dies by its own hand at the first look at which a file of it is there, and
 * not empty. Whoever watched from outside might look too late on a busy machine.
 */
import { statSync } from 'node:fs';
import process from 'node:process';
import { openLibrary } from '#library/library.ts';
import { trainRun } from '../run-job.ts';

const [folder, id, file] = process.argv.slice(2) as [string, string, string];
await trainRun({
  library: await openLibrary(folder),
  id,
  preferences: () => ({ device: 'onnx-cpu', precision: 'float32', threads: 1 }),
  wish() {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) process.kill(process.pid, 'SIGKILL');
    return undefined;
  },
});
