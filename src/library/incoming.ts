import { createWriteStream } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MOST_ARCHIVE_BYTES } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import { temporaryName } from './atomic-file.ts';
import { diskError } from './disk-error.ts';
import type { Library } from './library.ts';
import { untilAborted } from './until-aborted.ts';

export interface Incoming {
  /** what the file is called where it comes from */
  name: string;
  bytes: number;
  /** ends it, with nothing left; receiveArchive then throws the signal's reason */
  signal: AbortSignal;
  onProgress: (bytes: number, of: number) => void;
}

/**
 * Writes a file that comes in pieces beside the library's runs, hidden and named after this process, so that removeLeftovers
 * finds it should the process die. Gives its path; whoever asked removes it. Nothing is left of one that does not come whole.
 * Throws StudioError `bad-input` where it is too large or of another size than announced, `closed` where its source breaks,
 * `disk-full` or `library`.
 */
export async function receiveArchive(
  library: Library,
  pieces: AsyncIterable<Uint8Array>,
  { name, bytes, signal, onProgress }: Incoming,
): Promise<string> {
  if (bytes > MOST_ARCHIVE_BYTES)
    throw new StudioError(
      'bad-input',
      `${name} has ${gigabytes(bytes)}; the archive of a run has at most ${gigabytes(MOST_ARCHIVE_BYTES)}.`,
      'Nothing of it was taken. Thin the run where it is, and export it again.',
    );
  const root = dirname(library.runs.folder('x'));
  // it lies there packed, and then unpacked
  await provideRoom(root, 2 * bytes, name);
  const incomplete = (cause?: unknown): StudioError =>
    new StudioError('closed', `${name} did not arrive whole.`, 'Nothing of it was taken. Import it again.', { cause });

  async function* counted(): AsyncGenerator<Uint8Array> {
    // not by `for await`, which could not be left while it waits for a piece that never comes
    const source = pieces[Symbol.asyncIterator]();
    let done = 0;
    try {
      for (;;) {
        const next = await untilAborted(source.next(), signal).catch((error: unknown) => {
          throw signal.aborted ? error : incomplete(error);
        });
        if (next.done === true) break;
        done += next.value.length;
        if (done > bytes) throw new StudioError('bad-input', `${name} is larger than announced.`, 'Import it again.');
        onProgress(done, bytes);
        yield next.value;
      }
    } finally {
      source.return?.().catch(() => undefined);
    }
    if (done < bytes) throw incomplete();
  }
  const file = temporaryName(join(root, 'incoming'));
  try {
    signal.throwIfAborted();
    await pipeline(counted, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
    return file;
  } catch (error) {
    await rm(file, { force: true }).catch(() => undefined);
    if (signal.aborted) throw signal.reason;
    throw takingError(error, name, root);
  }
}

const gigabytes = (bytes: number): string => `${Math.ceil(bytes / 1e9)} GB`;

/** Throws StudioError `disk-full` where a file of a run would not fit beside the runs, before any of it is written. */
export async function provideRoom(root: string, bytes: number, name: string): Promise<void> {
  // some network disks don't tell: then it is found out
  const free = await statfs(root).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  );
  if (free < bytes) throw takingError(Object.assign(new Error('no room'), { code: 'ENOSPC' }), name, root);
}

/** What the disk refused when a file was taken in among the runs. */
export function takingError(cause: unknown, name: string, root: string): StudioError {
  const error = diskError(cause, 'take', `${name} into ${root}`);
  if (error.code !== 'disk-full' || error === cause) return error;
  return new StudioError(
    'disk-full',
    error.message,
    'Nothing of it was taken. Free some space on that disk, or choose another library folder, and import it again.',
    { cause },
  );
}
