import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ARCHIVE_EXTENSION, type Archives, type ImportOutcome, type ImportProgress } from '#contract/archive.ts';
import { StudioError, toErrorInfo } from '#contract/error.ts';
import type { Run } from '#contract/run.ts';
import type { EventPayload } from '#contract/studio.ts';
import { openArchive } from '#library/archive-stream.ts';
import { removeLeftovers } from '#library/atomic-file.ts';
import { receiveArchive } from '#library/incoming.ts';
import type { Library } from '#library/library.ts';
import { importRun, type ImportedRun } from '#library/run-archive.ts';
import type { StoredRun } from '#library/run-folder.ts';
import { untilAborted } from '#library/until-aborted.ts';
import type { Emit } from './watcher.ts';

/** The archives that a studio takes in, one after another, and those that it hands out. */
export interface StudioArchives extends Archives {
  /** Ends the taking in of a file, with nothing taken; one that is over stays as it is. */
  cancel(job: number): void;
  /** Throws StudioError `busy` where the run can't be read as an archive now. */
  refuseWritten(run: StoredRun): void;
  close(): Promise<void>;
}

export interface ArchivesOptions {
  library: Library;
  emit: Emit;
  /** looks at a run that has come */
  look: (id: string) => Promise<Run>;
}

/** More than a person opens at once; each waits with its connection open. */
const MOST_WAITING = 32;
/** As often as people can see it. */
const TELL_MS = 100;

interface Taking {
  readonly signal: AbortSignal;
  /** tells how far it is */
  readonly at: (phase: ImportProgress['phase'], bytes: number, of: number) => void;
}

export function createArchives({ library, emit, look }: ArchivesOptions): StudioArchives {
  const open = new Map<number, AbortController>();
  let last = 0;
  // first of all, what a process has left that died while it took a file in
  let turn: Promise<unknown> = removeLeftovers(dirname(library.runs.folder('x'))).catch((error: unknown) =>
    console.error('What was left half-written among the runs could not be removed:', error),
  );
  let closed = false;

  /** Takes a file in when its turn has come. */
  async function take(file: string, work: (taking: Taking) => Promise<ImportedRun>, also?: AbortSignal): Promise<ImportOutcome> {
    if (closed) throw new StudioError('closed', 'The studio is closing.', 'Start it again, and import the file then.');
    if (open.size >= MOST_WAITING)
      throw new StudioError(
        'busy',
        `${file} is not taken: ${open.size} files are on their way.`,
        'Import it once they are there.',
      );
    const job = ++last;
    const controller = new AbortController();
    open.set(job, controller);
    const signal = also === undefined ? controller.signal : AbortSignal.any([controller.signal, also]);
    let toldAt = 0;
    let told: string | undefined;
    const at: Taking['at'] = (phase, bytes, of) => {
      const now = performance.now();
      if (phase === told && bytes < of && now - toldAt < TELL_MS) return;
      [told, toldAt] = [phase, now];
      emit('import.progress', { job, file, phase, bytes, of });
    };
    const end = (outcome: Omit<EventPayload<'import.ended'>, 'job' | 'file'>): void =>
      emit('import.ended', { job, file, ...outcome });

    const before = turn;
    const mine = (async (): Promise<ImportOutcome> => {
      await untilAborted(before, signal);
      const { id, archivedId } = await work({ signal, at });
      await look(id);
      return { status: 'done', id, ...(archivedId !== id && { formerId: archivedId }) };
    })();
    turn = Promise.allSettled([before, mine]);
    at('waiting', 0, 0);
    try {
      const outcome = await mine;
      end({ status: 'done' });
      return outcome;
    } catch (error) {
      if (signal.aborted) {
        end({ status: 'cancelled' });
        return { status: 'cancelled' };
      }
      end({ status: 'failed', error: toErrorInfo(error) });
      throw error;
    } finally {
      open.delete(job);
    }
  }
  const unpack = (file: string, called: string, { signal, at }: Taking): Promise<ImportedRun> =>
    importRun(library, file, { called, signal, onProgress: (bytes, of) => at('unpacking', bytes, of) });

  function refuseWritten({ name, holder, state }: StoredRun): void {
    if (holder === undefined) return;
    const training = state.status === 'training' || state.status === 'queued';
    throw new StudioError(
      'busy',
      `"${name}" ${training ? 'is training' : 'is being written'}: its files change.`,
      training ? 'Export it when it is done, or pause it first.' : 'Export it again in a moment.',
    );
  }

  return {
    importFile: (path) => take(basename(path), (taking) => unpack(path, basename(path), taking)),
    importStream: (pieces, { name, bytes, signal: gone }) =>
      take(
        name,
        async (taking) => {
          const onProgress = (done: number, of: number): void => taking.at('receiving', done, of);
          const file = await receiveArchive(library, pieces, { name, bytes, signal: taking.signal, onProgress });
          try {
            return await unpack(file, name, taking);
          } finally {
            await rm(file, { force: true });
          }
        },
        gone,
      ),
    async open(id) {
      const run = await library.runs.read(id);
      refuseWritten(run);
      return { fileName: `${id}${ARCHIVE_EXTENSION}`, ...(await openArchive(run)) };
    },
    refuseWritten,
    cancel: (job) => open.get(job)?.abort(),
    async close() {
      closed = true;
      for (const controller of open.values()) controller.abort();
      await turn;
    },
  };
}
