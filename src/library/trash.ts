import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { trashEntrySchema, type TrashedRun } from '#contract/housekeeping.ts';
import { removeLeftovers, temporaryName } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';
import { readRun, type StoredRun } from './run-folder.ts';
import { moved } from './runs.ts';
import { folderBytes } from './usage.ts';

/** Deleted runs, until the trash is emptied. */
export interface Trash {
  /** Last deleted first. */
  list(): Promise<TrashedRun[]>;
  /** Brings a run back; under a new id when its own is taken. Throws StudioError `not-found`. */
  restore(entry: string): Promise<StoredRun>;
  /** Deletes all of it for good; returns the bytes that this frees. */
  empty(): Promise<number>;
}

export function openTrash(library: string): Trash {
  const root = join(library, 'trash');
  const entries = async (): Promise<string[]> => {
    const names = await readdir(root).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw diskError(error, 'read', root);
    });
    return names.filter((name) => trashEntrySchema.safeParse(name).success);
  };
  return {
    async list() {
      const listed = await Promise.all(
        (await entries()).map(async (entry): Promise<TrashedRun> => {
          const id = idOf(entry);
          const [name, bytes] = await Promise.all([nameIn(join(root, entry)), folderBytes(join(root, entry))]);
          return { entry, id, name: name ?? id, deletedAt: Number(entry.slice(-13)), bytes };
        }),
      );
      return listed.sort((a, b) => b.deletedAt - a.deletedAt);
    },
    async restore(entry) {
      if (!trashEntrySchema.safeParse(entry).success)
        throw new StudioError('bad-input', `"${entry}" is nothing in the trash.`, 'Choose a run that is listed.');
      const id = idOf(entry);
      for (let attempt = 1; ; attempt++) {
        const folder = join(library, 'runs', attempt === 1 ? id : `${id.slice(0, 76)}-${attempt}`);
        try {
          if (await moved(join(root, entry), folder)) return await readRun(folder);
        } catch (error) {
          if (systemCode(error) === 'ENOENT')
            throw new StudioError('not-found', `${id} is not in the trash any more.`, 'It was restored or deleted for good.', {
              cause: error,
            });
          throw diskError(error, 'restore', join(root, entry));
        }
      }
    },
    async empty() {
      await removeLeftovers(root);
      let freed = 0;
      for (const entry of await entries()) {
        const folder = join(root, entry);
        const going = temporaryName(folder);
        const bytes = await folderBytes(folder);
        try {
          // out of sight in one step: a run that is half deleted is not offered again, and the next emptying clears it away
          await rename(folder, going);
          await rm(going, { recursive: true, force: true });
        } catch (error) {
          if (systemCode(error) === 'ENOENT') continue;
          throw diskError(error, 'delete', folder);
        }
        freed += bytes;
      }
      return freed;
    },
  };
}

const idOf = (entry: string): string => entry.slice(0, -14);

/** The name of the run in a folder; undefined where it can't be read. */
async function nameIn(folder: string): Promise<string | undefined> {
  try {
    const file: unknown = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
    return typeof file === 'object' && file !== null && 'name' in file && typeof file.name === 'string' ? file.name : undefined;
  } catch {
    return undefined;
  }
}
