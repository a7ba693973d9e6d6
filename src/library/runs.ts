import { randomInt } from 'node:crypto';
import { access, copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StudioError, toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import { partOf } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import { runIdSchema, type RunFile } from '#contract/run.ts';
import { removeLeftovers, replaceFile, temporaryName } from './atomic-file.ts';
import { epochCheckpoint, readResumable } from './checkpoint.ts';
import { diskError } from './disk-error.ts';
import { cutMetrics } from './metrics.ts';
import { lockRun, metricsFile, readRun, updateRun, type RunChange, type StoredRun } from './run-folder.ts';
import { samplesFolder } from './samples.ts';

/** A folder among the runs that can't be read as one. */
interface DamagedRun {
  folder: string;
  error: ErrorInfo;
}

interface NewRun {
  recipe: Recipe;
  name?: string | undefined;
  tags?: string[];
}

/** The runs of a library. Everything that takes an id throws StudioError `bad-input` or `not-found` when there is no such run. */
export interface Runs {
  /** All runs, newest first; what can't be read stands apart with the reason. */
  list(): Promise<{ runs: StoredRun[]; damaged: DamagedRun[] }>;
  read(id: string): Promise<StoredRun>;
  /** A new run in state `queued`. Nothing of it can be seen before all of it is there. */
  create(run: NewRun): Promise<StoredRun>;
  /** See updateRun. */
  update(id: string, change: RunChange): Promise<RunFile>;
  /**
   * A new run in state `queued` that goes on from a checkpoint of another, with its metrics and samples up to there.
   * Throws StudioError `not-found` without that checkpoint, `checkpoint` when training can't go on from it.
   */
  continue(id: string, epoch: number, recipe: Recipe): Promise<StoredRun>;
  /** Moves the run into the library's trash; returns its name there. Throws StudioError `busy` while a process writes it. */
  remove(id: string): Promise<string>;
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
  /** Makes a run out of sight, fills it, and moves it to its place. */
  async function make(
    run: Omit<RunFile, 'format' | 'id' | 'state' | 'createdAt'>,
    fill: (folder: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<StoredRun> {
    const { recipe } = run;
    const now = new Date();
    const being = temporaryName(join(root, 'run'));
    try {
      await removeLeftovers(root);
      await mkdir(join(being, 'checkpoints'), { recursive: true });
      await mkdir(join(being, 'samples'));
      await fill(being);
      for (;;) {
        const file: RunFile = {
          format: 1,
          id: newId(recipe, now),
          ...run,
          state: { status: 'queued', queuedAt: now.getTime() },
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
  }

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
    create: ({ recipe, name, tags = [] }) =>
      make({
        recipe,
        name: name ?? defaultName(recipe),
        tags,
        notes: '',
        progress: { epoch: 0, step: 0, seconds: 0, epochLosses: [] },
      }),
    async continue(id, epoch, recipe) {
      const from = await readRun(folder(id));
      const checkpoint = await readResumable(epochCheckpoint(from.folder, epoch), recipe);
      return await make(
        {
          recipe,
          name: `${from.name}, on from epoch ${epoch}`,
          tags: from.tags,
          notes: from.notes,
          ...(from.resolved !== undefined && { resolved: from.resolved }),
          progress: {
            epoch,
            step: checkpoint.step,
            seconds: Math.round((from.progress.seconds * checkpoint.step) / Math.max(1, from.progress.step)),
            epochLosses: from.progress.epochLosses.slice(0, epoch),
          },
        },
        async (to) => {
          await copyFile(epochCheckpoint(from.folder, epoch), epochCheckpoint(to, epoch));
          await copyFile(metricsFile(from.folder), metricsFile(to));
          await cutMetrics(metricsFile(to), checkpoint.step);
          const sampled = new Set([...from.sampledEpochs, ...from.gridEpochs]);
          for (const each of sampled)
            if (each <= epoch) await cp(samplesFolder(from.folder, each), samplesFolder(to, each), { recursive: true });
        },
      );
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
        return basename(to);
      } catch (error) {
        await lock.release();
        throw diskError(error, 'move to the trash', from);
      }
    },
  };
}

/** Renames a folder to a name that must be free; false when it isn't. */
export async function moved(from: string, to: string): Promise<boolean> {
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
export function defaultName(recipe: Recipe): string {
  const what = partOf(recipe) ?? recipe.objective;
  return `${what[0]!.toUpperCase()}${what.slice(1)}, D = ${recipe.width}`;
}
