import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StudioError } from '#contract/error.ts';
import { runFileSchema, runIdSchema, type CheckpointInfo, type RunFile } from '#contract/run.ts';
import { removeLeftovers, replaceFile } from './atomic-file.ts';
import { listCheckpoints } from './checkpoint.ts';
import { diskError, systemCode } from './disk-error.ts';
import { acquireLock, lockHolder, type Acquisition, type LockHolder } from './lock.ts';
import { listPictures } from './grids.ts';

/** Files of a run that aren't named anywhere else. */
export const runLock = (folder: string): string => join(folder, 'lock');
export const metricsFile = (folder: string): string => join(folder, 'metrics.jsonl');
export const runJson = (folder: string): string => join(folder, 'run.json');

/** A run as it lies on disk, with what is read off its folder and its writer. */
export interface StoredRun extends RunFile {
  folder: string;
  /** the process that writes it; undefined when none is alive */
  holder: LockHolder | undefined;
  checkpoints: CheckpointInfo[];
  /** epochs whose test digits have been saved, ascending */
  sampledEpochs: number[];
  /** epochs whose grid of samples has been saved, ascending */
  gridEpochs: number[];
}

/**
 * Reads a run. Its id is its folder's name, so that a copied folder is a run of its own. A run that says it is
 * training while nobody alive writes it is given as interrupted; the file stays as it is.
 * Throws StudioError: `not-found`, or `library` when run.json is missing, damaged or can't be read.
 */
export async function readRun(folder: string): Promise<StoredRun> {
  // the lock is looked at first: a run that ends in between is then at worst told as held and ended, never as interrupted
  const holder = await lockHolder(runLock(folder));
  const [file, checkpoints, pictures] = await Promise.all([readRunFile(folder), listCheckpoints(folder), listPictures(folder)]);
  return { ...effective(file, holder), folder, holder, checkpoints, ...pictures };
}

const effective = (file: RunFile, holder: LockHolder | undefined): RunFile =>
  file.state.status === 'training' && holder === undefined ? { ...file, state: { status: 'interrupted' } } : file;

async function readRunFile(folder: string): Promise<RunFile> {
  const path = runJson(folder);
  const id = runIdSchema.safeParse(basename(folder));
  if (!id.success)
    throw new StudioError(
      'library',
      `${folder} can't be a run: its name is not a run's id.`,
      'Rename the folder to lower-case letters, digits and dashes, at most 80 of them.',
    );
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw diskError(error, 'read', path);
    if (!(await isFolder(folder)))
      throw new StudioError('not-found', `There is no run at ${folder}.`, 'It may have been deleted or moved.');
    throw damaged(path, 'is missing');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'is not JSON', cause);
  }
  const parsed = runFileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    throw damaged(path, `is damaged: ${where}${issue?.message ?? 'not a run'}`, parsed.error);
  }
  return { ...parsed.data, id: id.data };
}

const damaged = (path: string, what: string, cause?: unknown): StudioError =>
  new StudioError(
    'library',
    `${path} ${what}.`,
    "The run's other files are untouched. Restore run.json from a copy, or move the run's folder out of the library.",
    { cause },
  );

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (s) => s.isDirectory(),
    () => false,
  );

/** What an update sets: fields, or a function of the run as it reads now. It must be a function when it depends on the run. */
export type RunChange = Partial<RunFile> | ((run: RunFile) => Partial<RunFile>);

/**
 * Sets fields of run.json and replaces the file. Updates of any process go one after the other, so none is lost;
 * fields that the change doesn't name stay as they are on disk. Returns the run as it reads afterwards.
 * Throws what readRun throws, what the change throws, and StudioError `busy` when another process keeps the file.
 */
export function updateRun(folder: string, change: RunChange): Promise<RunFile> {
  return inTurn(folder, async () => {
    const lock = await waitForLock(`${runJson(folder)}.lock`, folder);
    try {
      const stored = await readRunFile(folder);
      const holder = await lockHolder(runLock(folder));
      const next = { ...stored, ...(typeof change === 'function' ? change(effective(stored, holder)) : change) };
      await replaceFile(runJson(folder), `${JSON.stringify(runFileSchema.parse(next), null, 2)}\n`);
      return effective(next, holder);
    } finally {
      await lock.release();
    }
  });
}

/** The last update of each folder in this process. */
const turns = new Map<string, Promise<unknown>>();

async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(folder) ?? Promise.resolve();
  const turn = before.then(work, work);
  turns.set(folder, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(folder) === turn) turns.delete(folder);
  }
}

/** An update takes milliseconds; a process that keeps the file this long is stuck. */
const UPDATE_TIMEOUT_MS = 10_000;

async function waitForLock(path: string, folder: string): Promise<Acquisition & { acquired: true }> {
  const deadline = Date.now() + UPDATE_TIMEOUT_MS;
  for (;;) {
    // a run that was deleted is told as such, not as a lock that can't be made
    if (!(await isFolder(folder))) await readRunFile(folder);
    const taken = await acquireLock(path);
    if (taken.acquired) return taken;
    if (Date.now() > deadline)
      throw new StudioError(
        'busy',
        `${folder} is being changed by process ${taken.holder.pid} on ${taken.holder.host}.`,
        'Try again in a moment. If that process is gone, delete run.json.lock in the folder.',
      );
    await delay(5 + Math.random() * 10);
  }
}

/**
 * Takes a run for writing and clears away what a dead writer left half-written.
 * Throws StudioError `busy` when another process writes it.
 */
export async function lockRun(folder: string): Promise<{ release(): Promise<void> }> {
  if (!(await isFolder(folder))) await readRunFile(folder);
  const taken = await acquireLock(runLock(folder));
  if (!taken.acquired) throw heldBy(folder, taken.holder);
  const epochs = await readdir(join(folder, 'samples')).catch((): string[] => []);
  const folders = [folder, join(folder, 'checkpoints'), ...epochs.map((epoch) => join(folder, 'samples', epoch))];
  try {
    for (const each of folders) await removeLeftovers(each);
  } catch (error) {
    await taken.release();
    throw error;
  }
  return taken;
}

const heldBy = (folder: string, holder: LockHolder): StudioError =>
  new StudioError(
    'busy',
    `${basename(folder)} is being written by process ${holder.pid} on ${holder.host}.`,
    `Pause or stop it there first. If that process is gone, delete ${runLock(folder)}.`,
  );
