import { randomInt } from 'node:crypto';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError, toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import { partOf } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import { runIdSchema, type RunFile } from '#contract/run.ts';
import { removeLeftovers, replaceFile, temporaryName } from './atomic-file.ts';
import { diskError } from './disk-error.ts';
import { lockRun, readRun, updateRun, type RunChange, type StoredRun } from './run-folder.ts';

/** A folder among the runs that can't be read as one. */
interface DamagedRun {
  folder: string;
  error: ErrorInfo;
}

/** The runs of a library. Everything that takes an id throws StudioError `bad-input` or `not-found` when there is no such run. */
export interface Runs {
  /** All runs, newest first; what can't be read stands apart with the reason. */
  list(): Promise<{ runs: StoredRun[]; damaged: DamagedRun[] }>;
  read(id: string): Promise<StoredRun>;
  /** A new run in state `queued`. Nothing of it can be seen before all of it is there. */
  create(run: { recipe: Recipe; name?: string | undefined }): Promise<StoredRun>;
  /** See updateRun. */
  update(id: string, change: RunChange): Promise<RunFile>;
  /** Moves the run into the library's trash. Throws StudioError `busy` while a process writes it. */
  remove(id: string): Promise<void>;
  /** The run's folder, whether it is there or not. */
  folder(id: string): string;
}

export function openRuns(library: string): Runs {
  const root = join(library, 'runs');
  const folder = (id: string): string => {
    if (!runIdSchema.safeParse(id).success)
      throw new StudioError('bad-input', `"${id}" is not a run's id.`, 'Ids are lower-case letters, digits and dashes.');
    return join(root, id);
  };
  return {
    folder,
    async list() {
      const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
        throw diskError(error, 'read', root);
      });
      const runs: StoredRun[] = [];
      const damaged: DamagedRun[] = [];
      // names with a dot in front are runs being made, and what the system puts there
      const names = entries.filter((e) => !e.name.startsWith('.') && (e.isDirectory() || e.isSymbolicLink())).map((e) => e.name);
      await Promise.all(
        names.map(async (name) => {
          try {
            runs.push(await readRun(join(root, name)));
          } catch (error) {
            // deleted since it was listed
            if (error instanceof StudioError && error.code === 'not-found') return;
            damaged.push({ folder: join(root, name), error: toErrorInfo(error) });
          }
        }),
      );
      runs.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
      damaged.sort((a, b) => (a.folder < b.folder ? -1 : 1));
      return { runs, damaged };
    },
    read: async (id) => readRun(folder(id)),
    update: async (id, change) => updateRun(folder(id), change),
    async create({ recipe, name }) {
      const now = new Date();
      const being = temporaryName(join(root, 'run'));
      try {
        await removeLeftovers(root);
        await mkdir(join(being, 'checkpoints'), { recursive: true });
        await mkdir(join(being, 'samples'));
        for (;;) {
          const file: RunFile = {
            format: 1,
            id: newId(recipe, now),
            name: name ?? defaultName(recipe),
            recipe,
            state: { status: 'queued', queuedAt: now.getTime() },
            progress: { epoch: 0, step: 0, seconds: 0, epochLosses: [] },
            createdAt: now.getTime(),
          };
          await replaceFile(join(being, 'run.json'), `${JSON.stringify(file, null, 2)}\n`);
          if (!(await moved(being, folder(file.id)))) continue;
          return await readRun(folder(file.id));
        }
      } catch (error) {
        await rm(being, { recursive: true, force: true }).catch(() => undefined);
        throw diskError(error, 'make a run in', root);
      }
    },
    async remove(id) {
      const from = folder(id);
      const lock = await lockRun(from);
      const trash = join(library, 'trash');
      const to = join(trash, `${id}-${Date.now()}`);
      try {
        await mkdir(trash, { recursive: true });
        await rename(from, to);
        // the lock moved with the folder
        await rm(join(to, 'lock'), { force: true });
      } catch (error) {
        await lock.release();
        throw diskError(error, 'move to the trash', from);
      }
    },
  };
}

/** Renames a folder to a name that must be free; false when it isn't. */
async function moved(from: string, to: string): Promise<boolean> {
  if (await exists(to)) return false;
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (await exists(to)) return false;
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** `denoiser-2026-11-23-1432-k3f9`: what it trains, when it was made in local time, and four letters against chance. */
function newId(recipe: Recipe, at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const letters = Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${partOf(recipe) ?? recipe.objective}-${day}-${two(at.getHours())}${two(at.getMinutes())}-${letters}`;
}
/** without those that read like another: 0 and o, 1, i and l */
const LETTERS = '23456789abcdefghjkmnpqrstuvwxyz';

/** "Denoiser, D = 128" */
function defaultName(recipe: Recipe): string {
  const what = partOf(recipe) ?? recipe.objective;
  return `${what[0]!.toUpperCase()}${what.slice(1)}, D = ${recipe.width}`;
}
