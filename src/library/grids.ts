import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { StudioError } from '#contract/error.ts';
import { CLEAN, toGrey } from '#contract/grey.ts';
import { samplingPlanSchema, type Grid, type SamplingPlan } from '#contract/sampling.ts';
import { decodeTensors, encodeTensors, floatTensor, TensorFileError, type Tensor } from '#engine/tensors/safetensors.ts';
import { replaceFile } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';
import { hasResults, listSampleFolders, PIXELS, SIDE, samplesFolder } from './samples.ts';

const GRID = 'grid.safetensors';
const gridFile = (run: string, epoch: number): string => join(samplesFolder(run, epoch), GRID);
/** Images in a row of the picture; a class model's columns are its digits. */
const COLUMNS = 10;

/**
 * Saves the samples of an epoch: the numbers with the way there, and a picture of them to look at without From Noise.
 * Throws StudioError `disk-full` or `library`.
 */
export async function writeGrid(run: string, epoch: number, grid: Grid): Promise<void> {
  const folder = samplesFolder(run, epoch);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw diskError(error, 'make', folder);
  });
  await replaceFile(join(folder, 'grid.png'), gridPng(grid.images));
  // last, since an epoch counts as sampled once this is there
  await replaceFile(gridFile(run, epoch), encodeGrid(grid));
}

/** A grid as a safetensors file: `samples`, and with `frames.t`, `frames.x` and `frames.x0` the way there, as in gridSchema. */
export function encodeGrid({ plan, images, frames }: Grid): Uint8Array<ArrayBuffer> {
  const grey = (data: Uint8Array): Tensor => ({ kind: 'U8', shape: [frames.t.length, plan.count, 1, SIDE, SIDE], data });
  const tensors = new Map<string, Tensor>([
    ['samples', floatTensor([plan.count, 1, SIDE, SIDE], images)],
    ['frames.t', floatTensor([frames.t.length], frames.t)],
    ['frames.x', grey(frames.x)],
    ['frames.x0', grey(frames.x0)],
  ]);
  return encodeTensors(tensors, { plan: JSON.stringify(plan) });
}

/** The samples of an epoch. Throws StudioError `not-found` when there are none, `checkpoint` when the file is damaged. */
export async function readGrid(run: string, epoch: number): Promise<Grid> {
  const file = gridFile(run, epoch);
  const bytes = await readFile(file).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw diskError(error, 'read', file);
    throw new StudioError('not-found', `There are no samples of epoch ${epoch} at ${file}.`, 'Choose an epoch that is finished.');
  });
  const damaged = (what: string, cause?: unknown): StudioError =>
    new StudioError('checkpoint', `${file} ${what}.`, 'Choose another epoch. The run itself is not affected.', { cause });
  try {
    const { tensors, metadata } = decodeTensors(bytes);
    const plan = planOf(metadata['plan']);
    if (plan === undefined) throw damaged('is damaged: it does not say how it was sampled');
    const frames = tensors.get('frames.t')?.data.length ?? 0;
    const wrong = (name: string, length: number): StudioError => damaged(`is damaged: it has no ${name} of ${length} numbers`);
    const floats = (name: string, length: number): Float32Array<ArrayBuffer> => {
      const data = tensors.get(name)?.data;
      if (!(data instanceof Float32Array) || data.length !== length) throw wrong(name, length);
      return data as Float32Array<ArrayBuffer>;
    };
    const bytesOf = (name: string, length: number): Uint8Array<ArrayBuffer> => {
      const data = tensors.get(name)?.data;
      if (!(data instanceof Uint8Array) || data.length !== length) throw wrong(name, length);
      return data as Uint8Array<ArrayBuffer>;
    };
    return {
      plan,
      images: floats('samples', plan.count * PIXELS),
      frames: {
        t: floats('frames.t', frames),
        x: bytesOf('frames.x', frames * plan.count * PIXELS),
        x0: bytesOf('frames.x0', frames * plan.count * PIXELS),
      },
    };
  } catch (error) {
    if (error instanceof TensorFileError) throw damaged(error.message, error);
    throw error;
  }
}

function planOf(text: string | undefined): SamplingPlan | undefined {
  try {
    return samplingPlanSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

/** Epochs whose test digits are saved, and epochs whose grid is, ascending. */
export async function listPictures(run: string): Promise<{ sampledEpochs: number[]; gridEpochs: number[] }> {
  const folders = await listSampleFolders(run);
  return {
    sampledEpochs: folders.filter(({ files }) => hasResults(files)).map(({ epoch }) => epoch),
    gridEpochs: folders.filter(({ files }) => files.includes(GRID)).map(({ epoch }) => epoch),
  };
}

/** Pixels of the picture for each pixel of a digit, and between digits. */
const ZOOM = 4;
const GAP = 8;

/** Images, n × 784, in rows of ten on white: a grey PNG. */
export function gridPng(images: Float32Array): Uint8Array {
  const count = images.length / PIXELS;
  const columns = Math.min(COLUMNS, count);
  const tile = SIDE * ZOOM;
  const width = columns * (tile + GAP) + GAP;
  const height = Math.ceil(count / COLUMNS) * (tile + GAP) + GAP;
  const data = new Uint8Array(width * height).fill(255);
  const grey = toGrey(images, CLEAN);
  for (let n = 0; n < count; n++) {
    const left = GAP + (n % COLUMNS) * (tile + GAP);
    const top = GAP + Math.floor(n / COLUMNS) * (tile + GAP);
    for (let y = 0; y < tile; y++) {
      const from = n * PIXELS + Math.floor(y / ZOOM) * SIDE;
      const to = (top + y) * width + left;
      for (let x = 0; x < tile; x++) data[to + x] = grey[from + Math.floor(x / ZOOM)]!;
    }
  }
  return encode({ width, height, data, channels: 1, depth: 8 });
}
