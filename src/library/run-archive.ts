import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile as ZipReader } from 'yauzl';
import { MOST_ARCHIVE_BYTES } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import { runIdSchema } from '#contract/run.ts';
import { openArchive, RUN_FILE } from './archive-stream.ts';
import { removeLeftovers, temporaryName } from './atomic-file.ts';
import { diskError, isSystemError, systemCode } from './disk-error.ts';
import { provideRoom, takingError } from './incoming.ts';
import type { Library } from './library.ts';
import { makeFolder } from './make-folder.ts';
import { readRun, updateRun, type StoredRun } from './run-folder.ts';
import { moved } from './runs.ts';

const MOST_FILES = 20_000;
/** Losses as text shrink to a tenth, pictures and weights hardly at all; what grows more is made to fill a disk. */
const MOST_GROWTH = 100;
/** What a small archive may hold whatever its size. */
const ALWAYS_FITS = 64 * 1024 * 1024;

/**
 * Writes a run into a file, which is there whole or not at all. Nobody writes the run meanwhile.
 * Throws StudioError `busy` while a process trains it, `disk-full` or `library`.
 */
export async function exportRun(run: StoredRun, file: string): Promise<void> {
  const archive = await openArchive(run);
  const temporary = temporaryName(file);
  try {
    await pipeline(archive.stream, createWriteStream(temporary, { flags: 'wx', flush: true }));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(error, 'write', file);
  } finally {
    await archive.close();
  }
}

export interface ImportOptions {
  /** what the file is called in messages; its path, unless told otherwise */
  called?: string;
  /** ends it, with nothing taken; importRun then throws the signal's reason */
  signal?: AbortSignal;
  /** unpacked bytes, of all that there are */
  onProgress?: (bytes: number, of: number) => void;
}

export interface ImportedRun extends StoredRun {
  /** the id that it had where it was exported */
  archivedId: string;
}

/**
 * Adds the run of an archive to a library; under a new id where its own is taken. Nothing is trusted: names, kinds, number and
 * size of what is in it are checked before anything is written, sizes and checksums as it is, and the run is read before it can be
 * seen. A run that was queued or in training is here one that can be resumed.
 * Throws StudioError `not-found` without the file, `bad-input` for what is no archive of a run, `disk-full` or `library`.
 */
export async function importRun(
  library: Library,
  file: string,
  { called = file, signal, onProgress }: ImportOptions = {},
): Promise<ImportedRun> {
  const refuse = (what: string, cause?: unknown): StudioError =>
    new StudioError(
      'bad-input',
      `${called} ${what}.`,
      'Nothing of it was taken. Export the run again, and copy the file whole.',
      {
        cause,
      },
    );
  const root = dirname(library.runs.folder('x'));
  const { size } = await stat(file).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw diskError(error, 'read', called);
    throw new StudioError('not-found', `There is no file ${called}.`, 'It was moved or deleted: choose it where it is now.');
  });
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch((cause: unknown) => {
    throw refuse('is no archive of a run', cause);
  });
  const making = temporaryName(join(root, 'import'));
  try {
    const { id, entries, total } = await contentsOf(zip, size, refuse);
    await removeLeftovers(root);
    await provideRoom(root, total, called);
    const folder = join(making, id);
    let done = 0;
    const count = (bytes: number): void => onProgress?.((done += bytes), total);
    for (const [path, entry] of entries) {
      signal?.throwIfAborted();
      await makeFolder(dirname(join(folder, path)));
      await extract(zip, entry, join(folder, path), refuse, count, signal);
    }
    await mkdir(join(folder, 'checkpoints'), { recursive: true });
    await mkdir(join(folder, 'samples'), { recursive: true });
    const run = await readRun(folder).catch((cause: unknown) => {
      throw cause instanceof StudioError ? refuse(`holds no run that can be read: ${wordsOf(cause, folder)}`, cause) : cause;
    });
    // it was to be trained there, not here
    if (run.state.status === 'queued' || run.state.status === 'interrupted')
      await updateRun(folder, { state: { status: 'interrupted', at: Date.now() } });
    signal?.throwIfAborted();
    for (let attempt = 1; ; attempt++) {
      const place = library.runs.folder(attempt === 1 ? id : `${id.slice(0, 76)}-${attempt}`);
      if (await moved(folder, place)) return { ...(await readRun(place)), archivedId: id };
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw takingError(error, called, root);
  } finally {
    zip.close();
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A message about a file that is about to go, without where that was. */
const wordsOf = ({ message }: StudioError, folder: string): string =>
  message.replaceAll(`${folder}/`, '').replaceAll(folder, basename(folder)).replace(/\.$/, '');

type Refuse = (what: string, cause?: unknown) => StudioError;

interface Contents {
  id: string;
  entries: Map<string, Entry>;
  /** bytes of all of them, unpacked */
  total: number;
}

/** What an archive holds, by the path in the run's folder. Throws where that is not a run and nothing else. */
async function contentsOf(zip: ZipReader, size: number, refuse: Refuse): Promise<Contents> {
  if (zip.entryCount > MOST_FILES) throw refuse(`holds ${zip.entryCount} files; a run has at most ${MOST_FILES}`);
  const entries = new Map<string, Entry>();
  let id: string | undefined;
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const [top = '', ...rest] = entry.fileName.split('/');
      const path = rest.join('/');
      if (!runIdSchema.safeParse(top).success || (id !== undefined && id !== top))
        throw refuse(`holds ${quoted(entry.fileName)}, which is not in the folder of one run`);
      id = top;
      const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
      if (entry.fileName.endsWith('/')) continue; // folders are made as they are needed
      // zips that were made under Windows say no kind
      if (kind !== 0 && kind !== 0o100000) throw refuse(`holds ${quoted(entry.fileName)}, which is a link or no file`);
      if (entry.isEncrypted()) throw refuse('is encrypted');
      if (!RUN_FILE.test(path)) throw refuse(`holds ${quoted(entry.fileName)}, which is no part of a run`);
      if (entries.has(path)) throw refuse(`holds ${quoted(entry.fileName)} twice`);
      entries.set(path, entry);
      total += entry.uncompressedSize;
      if (total > MOST_ARCHIVE_BYTES || total > ALWAYS_FITS + MOST_GROWTH * size)
        throw refuse(`would grow from ${size} bytes to more than ${total}: that is no run`);
    }
  } catch (error) {
    throw error instanceof StudioError ? error : refuse('is damaged, or no archive of a run', error);
  }
  if (id === undefined || !entries.has('run.json')) throw refuse('holds no run.json');
  return { id, entries, total };
}

const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);

/** Unpacks a file, and proves that it is as the archive says. What the disk refuses comes as it is. */
async function extract(
  zip: ZipReader,
  entry: Entry,
  path: string,
  refuse: Refuse,
  count: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let sum = 0;
  const summing = new Transform({
    transform(chunk: Buffer, _, done) {
      sum = crc32(chunk, sum);
      count(chunk.length);
      done(null, chunk);
    },
  });
  const target = createWriteStream(path, { flags: 'wx', mode: 0o644, flush: true });
  try {
    await pipeline(await zip.openReadStreamPromise(entry), summing, target, { ...(signal && { signal }) });
  } catch (error) {
    // a call to the system that failed is the disk's fault, everything else the archive's
    throw isSystemError(error) ? error : refuse(`is damaged at ${quoted(entry.fileName)}`, error);
  }
  if (sum !== entry.crc32) throw refuse(`is damaged at ${quoted(entry.fileName)}: its checksum does not fit`);
}
