import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { OpenArchive } from '#contract/archive.ts';
import { diskError } from './disk-error.ts';
import { lockRun, type StoredRun } from './run-folder.ts';

const EPOCH = 'epoch-\\d{4,9}';
const SAMPLES = '(results|grid)\\.(safetensors|png)';
/** What a run consists of; nothing else goes into an archive, or comes out of one. */
export const RUN_FILE = new RegExp(
  `^(run\\.json|metrics\\.jsonl|log\\.txt|scores\\.json|resume\\.safetensors|checkpoints/${EPOCH}\\.safetensors|samples/${EPOCH}/${SAMPLES})$`,
);

/**
 * Opens a run to be read as an archive. Its files are read as its stream is, so that nothing is held in memory or written.
 * Throws StudioError `busy` while a process writes the run, or `library`.
 */
export async function openArchive(run: StoredRun): Promise<OpenArchive & { readonly stream: Readable }> {
  const lock = await lockRun(run.folder);
  const zip = new ZipFile();
  const stream = new PassThrough();
  let reading: Readable | undefined;
  const fail = (error: unknown, file: string): void => void stream.destroy(diskError(error, 'read', file));
  zip.on('error', (error) => fail(error, run.folder));
  // whoever reads it hears of it; before that nobody may
  stream.on('error', () => undefined);
  try {
    for (const path of await runFiles(run.folder)) {
      const file = join(run.folder, path);
      const { size, mtime } = await stat(file);
      // text shrinks; weights and pictures don't, and are read faster as they are
      const compress = /\.(json|jsonl|txt)$/.test(path);
      // opened by us, so that we can close it: yazl leaves the file open that is being read when nobody reads on
      zip.addReadStreamLazy(`${run.id}/${path}`, { compress, mode: 0o100644, size, mtime }, (give) => {
        reading = createReadStream(file).on('error', (error) => fail(error, file));
        give(null, reading);
      });
    }
  } catch (error) {
    await lock.release();
    throw diskError(error, 'read', run.folder);
  }
  zip.end();
  zip.outputStream.pipe(stream);
  return {
    stream,
    async close() {
      stream.destroy();
      reading?.destroy();
      await lock.release();
    },
  };
}

/** A run's files, as paths in its folder with slashes, sorted. */
async function runFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => RUN_FILE.test(path))
    .sort();
}
