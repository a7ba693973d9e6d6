import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { defaultRecipe, recipeProblems, stepsPerEpoch, type Recipe } from '#contract/recipe.ts';
import type { CheckpointInfo } from '#contract/run.ts';
import type { Tensors } from '#engine/executors/executor.ts';
import type { Shape } from '#engine/graph/graph.ts';
import { stateShapes } from '#engine/model/unet.ts';
import {
  decodeTensors,
  encodeTensors,
  floatTensor,
  TensorFileError,
  type Tensor,
  type TensorFile,
} from '#engine/tensors/safetensors.ts';
import { replaceFile } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';

/** The whole state of a training at one step. */
export interface StoredCheckpoint {
  recipe: Recipe;
  /** finished epochs */
  epoch: number;
  /** finished steps, from the run's start */
  step: number;
  /** PyTorch's names plainly; Adam's moments as `adam.m.<name>`, `adam.v.<name>`, the running average as `ema.<name>` */
  tensors: Tensors;
}

const FORMAT = '1';
/** what stands before a state dict's name in a tensor that belongs to it */
const PREFIX = /^(adam\.[mv]|ema)\./;
const MEAN = '.running_mean';
const TRACKED = '.num_batches_tracked';

export const checkpointsFolder = (run: string): string => join(run, 'checkpoints');
/** The checkpoint at the end of an epoch. */
export const epochCheckpoint = (run: string, epoch: number): string =>
  join(checkpointsFolder(run), `epoch-${String(epoch).padStart(4, '0')}.safetensors`);
/** The checkpoint of a pause or stop, which may stand in the middle of an epoch. */
export const resumeCheckpoint = (run: string): string => join(run, 'resume.safetensors');

/**
 * Writes a checkpoint over the one before, all of it or nothing. `num_batches_tracked` of every BatchNorm is the
 * step. Throws StudioError `disk-full` or `library`; a tensor that the recipe's model doesn't have is a TypeError.
 */
export async function writeCheckpoint(file: string, checkpoint: StoredCheckpoint): Promise<void> {
  const tensors = layOut(checkpoint);
  const metadata = {
    format: FORMAT,
    recipe: JSON.stringify(checkpoint.recipe),
    epoch: String(checkpoint.epoch),
    step: String(checkpoint.step),
  };
  await replaceFile(file, encodeTensors(tensors, { ...metadata, sha256: digest(metadata, tensors) }));
}

/**
 * The counters of the BatchNorms first, then the state dict, then the moments and the average. PyTorch's reader wants an I64 to
 * start on a multiple of 8 bytes, which behind floats it needn't.
 */
function layOut({ recipe, step, tensors }: StoredCheckpoint): Map<string, Tensor> {
  const shapes = stateShapes(recipe);
  const laid = new Map<string, Tensor>();
  for (const name of shapes.keys())
    if (name.endsWith(MEAN))
      laid.set(name.replace(MEAN, TRACKED), { kind: 'I64', shape: [], data: BigInt64Array.of(BigInt(step)) });
  const rest = new Map(Object.entries(tensors));
  const lay = (name: string, shape: Shape): void => {
    const data = rest.get(name);
    if (data === undefined) throw new TypeError(`a checkpoint needs ${name}`);
    laid.set(name, floatTensor(shape, data));
    rest.delete(name);
  };
  for (const [name, shape] of shapes) lay(name, shape);
  for (const name of [...rest.keys()]) {
    const shape = PREFIX.test(name) ? shapes.get(name.replace(PREFIX, '')) : undefined;
    if (shape === undefined) throw new TypeError(`a checkpoint has no place for ${name}`);
    lay(name, shape);
  }
  return laid;
}

/** SHA-256 of the metadata, the tensors' names and shapes, and their bytes: nothing that a resume uses can change unnoticed. */
function digest(metadata: Readonly<Record<string, string | undefined>>, tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256');
  const index = [...tensors].map(([name, { kind, shape }]) => [name, kind, shape]);
  hash.update(JSON.stringify([metadata['format'], metadata['recipe'], metadata['epoch'], metadata['step'], index]));
  for (const { data } of tensors.values()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

/**
 * Reads a checkpoint and proves it whole: its checksum, its recipe, and that it holds exactly the state of its recipe's
 * model, in the right shapes. Throws StudioError `checkpoint` saying what is wrong with the file, `not-found`, or `library`.
 */
export async function readCheckpoint(file: string): Promise<StoredCheckpoint> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw systemCode(error) === 'ENOENT' ? missing(file) : diskError(error, 'read', file);
  });
  const { tensors, metadata } = decode(file, bytes);
  const { recipe, epoch, step, sha256 } = readMetadata(file, metadata);
  if (digest(metadata, tensors) !== sha256) throw broken(file, 'is damaged: its checksum does not fit its content');
  const shapes = stateShapes(recipe);
  const plain: Tensors = {};
  for (const [name, tensor] of tensors) {
    if (name.endsWith(TRACKED)) continue;
    const shape = shapes.get(name.replace(PREFIX, ''));
    if (shape === undefined || tensor.kind !== 'F32') throw foreign(file, `it has ${name}`);
    if (shape.join() !== tensor.shape.join())
      throw foreign(file, `${name} is [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`);
    plain[name] = tensor.data as Float32Array;
  }
  for (const name of shapes.keys()) if (plain[name] === undefined) throw foreign(file, `it has no ${name}`);
  return { recipe, epoch, step, tensors: plain };
}

function decode(file: string, bytes: Uint8Array): TensorFile {
  try {
    return decodeTensors(bytes);
  } catch (error) {
    if (error instanceof TensorFileError) throw broken(file, error.message, error);
    throw error;
  }
}

interface CheckpointMetadata {
  recipe: Recipe;
  epoch: number;
  step: number;
  sha256: string;
}

function readMetadata(file: string, metadata: Readonly<Record<string, string>>): CheckpointMetadata {
  const { format, epoch, step, recipe: text, sha256 } = metadata;
  if (format === undefined || sha256 === undefined) throw foreign(file, 'its metadata is not of a checkpoint');
  if (format !== FORMAT)
    throw new StudioError(
      'checkpoint',
      `${file} is of format ${format}.`,
      'A newer From Noise wrote it: update From Noise to read it.',
    );
  let recipe: unknown;
  try {
    recipe = JSON.parse(text ?? '');
  } catch (cause) {
    throw broken(file, 'is damaged: its recipe is not JSON', cause);
  }
  const problem = recipeProblems(recipe)[0];
  if (problem !== undefined) throw broken(file, `is damaged: in its recipe, ${problem}`);
  const isCount = (v: string | undefined): v is string => v !== undefined && /^\d{1,15}$/.test(v);
  if (!isCount(epoch) || !isCount(step)) throw broken(file, 'is damaged: its epoch or step is no number');
  // one that was written before a field was added does not name it
  return { recipe: { ...defaultRecipe, ...(recipe as Partial<Recipe>) }, epoch: Number(epoch), step: Number(step), sha256 };
}

const broken = (file: string, what: string, cause?: unknown): StudioError =>
  new StudioError('checkpoint', `${file} ${what}.`, 'Resume from an earlier epoch: move this file away, then resume the run.', {
    cause,
  });
const foreign = (file: string, what: string): StudioError =>
  new StudioError('checkpoint', `${file} is of another model: ${what}.`, 'Move this file away, then resume the run.');
const missing = (file: string): StudioError =>
  new StudioError('not-found', `There is no checkpoint ${file}.`, 'Choose an epoch that is listed.');

/** The file of an epoch's checkpoint. Throws StudioError `not-found` or `library`. */
export async function checkpointBytes(run: string, epoch: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = epochCheckpoint(run, epoch);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw systemCode(error) === 'ENOENT' ? missing(file) : diskError(error, 'read', file);
  });
  return new Uint8Array(bytes);
}

/** Bytes of Adam's moments in a checkpoint, told by its header alone; 0 for one that has none. Throws StudioError `checkpoint` or `library`. */
export async function momentBytes(file: string): Promise<number> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw systemCode(error) === 'ENOENT' ? missing(file) : diskError(error, 'read', file);
  });
  try {
    const length = Buffer.alloc(8);
    await handle.read(length, 0, 8, 0);
    const header = Buffer.alloc(Math.min(Number(length.readBigUInt64LE()), LONGEST_HEADER));
    await handle.read(header, 0, header.length, 8);
    let bytes = 0;
    for (const [name, tensor] of Object.entries(
      JSON.parse(header.toString('utf8')) as Record<string, { data_offsets?: number[] }>,
    ))
      if (/^adam\.[mv]\./.test(name)) bytes += (tensor.data_offsets?.[1] ?? 0) - (tensor.data_offsets?.[0] ?? 0);
    return bytes;
  } catch (cause) {
    throw broken(file, 'is damaged: its header is not JSON', cause);
  } finally {
    await handle.close();
  }
}
/** Ours have some 30 kB. */
const LONGEST_HEADER = 10_000_000;

/** Writes a checkpoint again without Adam's moments, with the time it had: all of it or nothing. */
export async function stripMoments(file: string): Promise<void> {
  const { atime, mtime } = await stat(file);
  const checkpoint = await readCheckpoint(file);
  const tensors = Object.fromEntries(Object.entries(checkpoint.tensors).filter(([name]) => !name.startsWith('adam.')));
  await writeCheckpoint(file, { ...checkpoint, tensors });
  await utimes(file, atime, mtime);
}

/** The checkpoints of finished epochs, ascending; files of other names don't count. */
export async function listCheckpoints(run: string): Promise<CheckpointInfo[]> {
  const folder = checkpointsFolder(run);
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw diskError(error, 'read', folder);
  });
  const infos = await Promise.all(
    names.map(async (name): Promise<CheckpointInfo[]> => {
      const epoch = /^epoch-(\d{4,})\.safetensors$/.exec(name)?.[1];
      // a file that is gone by now, as one of a run that is being deleted
      const info = epoch === undefined ? undefined : await stat(join(folder, name)).catch(() => undefined);
      return info === undefined ? [] : [{ epoch: Number(epoch), bytes: info.size, savedAt: Math.round(info.mtimeMs) }];
    }),
  );
  return infos.flat().sort((a, b) => a.epoch - b.epoch);
}

/** The fields of a recipe that make the model. */
const MODEL = ['model', 'conditioning', 'width'] as const;

/** Whether a checkpoint holds what Adam needs to go on: a thinned one does not. */
const hasMoments = ({ tensors }: StoredCheckpoint): boolean => Object.keys(tensors).some((name) => name.startsWith('adam.m.'));

/**
 * Reads a checkpoint that training of a recipe can go on from.
 * Throws what readCheckpoint throws, and StudioError `checkpoint` when it is of another model or was thinned.
 */
export async function readResumable(file: string, recipe: Recipe): Promise<StoredCheckpoint> {
  const checkpoint = await readCheckpoint(file);
  const field = MODEL.find((f) => checkpoint.recipe[f] !== recipe[f]);
  if (field !== undefined) throw foreign(file, `its ${field} is ${checkpoint.recipe[field]}, the run's is ${recipe[field]}`);
  if (!hasMoments(checkpoint))
    throw new StudioError(
      'checkpoint',
      `${file} has no moments of Adam any more, since the run was thinned.`,
      'It can be sampled from. Training goes on from the newest checkpoint.',
    );
  return checkpoint;
}

export interface ResumePoint {
  /** the newest whole checkpoint; undefined when there is none, and then the run starts over */
  checkpoint: StoredCheckpoint | undefined;
  /** newer ones that could not be read, and why */
  skipped: StudioError[];
}

/**
 * Finds where a run of a recipe goes on: the highest step among resume.safetensors and the epochs' checkpoints.
 * Reads no more than it needs, since a checkpoint at full width is 95 MB.
 */
export async function latestResumePoint(run: string, recipe: Recipe): Promise<ResumePoint> {
  const skipped: StudioError[] = [];
  const attempt = async (file: string): Promise<StoredCheckpoint | undefined> => {
    try {
      return await readResumable(file, recipe);
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      if (error.code !== 'not-found') skipped.push(error);
      return undefined;
    }
  };
  const paused = await attempt(resumeCheckpoint(run));
  for (const { epoch } of (await listCheckpoints(run)).reverse()) {
    if (paused !== undefined && epoch * stepsPerEpoch(recipe) <= paused.step) break;
    const checkpoint = await attempt(epochCheckpoint(run, epoch));
    if (checkpoint !== undefined) return { checkpoint, skipped };
  }
  return { checkpoint: paused, skipped };
}
