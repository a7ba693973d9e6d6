import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { StudioError } from '#contract/error.ts';
import { CLEAN, noisyWindow, toGrey, type GreyWindow } from '#contract/grey.ts';
import type { CallOutput } from '#contract/studio.ts';
import { decodeTensors, encodeTensors, floatTensor, TensorFileError, type Tensor } from '#engine/tensors/safetensors.ts';
import { replaceFile } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';

/** The same test digits after an epoch: clean, noisy and denoised, and one of them at every noise level. */
export type Samples = CallOutput<'runs.samples'>;

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export const samplesFolder = (run: string, epoch: number): string =>
  join(run, 'samples', `epoch-${String(epoch).padStart(4, '0')}`);
const RESULTS = 'results.safetensors';
const resultsFile = (run: string, epoch: number): string => join(samplesFolder(run, epoch), RESULTS);

/**
 * Saves the samples of an epoch: the numbers, and a picture of them to look at without From Noise.
 * Throws StudioError `disk-full` or `library`.
 */
export async function writeSamples(run: string, epoch: number, samples: Samples): Promise<void> {
  const folder = samplesFolder(run, epoch);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw diskError(error, 'make', folder);
  });
  await replaceFile(join(folder, 'results.png'), drawResults(samples));
  // last, since an epoch counts as sampled once this is there
  await replaceFile(resultsFile(run, epoch), encodeSamples(samples));
}

/** The samples of an epoch as a safetensors file. */
export function encodeSamples(samples: Samples): Uint8Array<ArrayBuffer> {
  const { count, sigma, levels } = samples;
  const images = (data: Float32Array): Tensor => floatTensor([data.length / PIXELS, 1, SIDE, SIDE], data);
  const tensors = new Map<string, Tensor>([
    ['clean', images(samples.clean)],
    ['noisy', images(samples.noisy)],
    ['denoised', images(samples.denoised)],
    ['levels.sigmas', floatTensor([levels.sigmas.length], levels.sigmas)],
    ['levels.noisy', images(levels.noisy)],
    ['levels.denoised', images(levels.denoised)],
  ]);
  return encodeTensors(tensors, { sigma: String(sigma), count: String(count) });
}

/** Samples of an epoch. Throws StudioError `not-found` when there are none, `checkpoint` when the file is damaged. */
export async function readSamples(run: string, epoch: number): Promise<Samples> {
  const file = resultsFile(run, epoch);
  const bytes = await readFile(file).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw diskError(error, 'read', file);
    throw new StudioError(
      'not-found',
      `There are no test digits of epoch ${epoch} at ${file}.`,
      'Choose an epoch that is finished.',
    );
  });
  const damaged = (what: string, cause?: unknown): StudioError =>
    new StudioError('checkpoint', `${file} ${what}.`, 'Choose another epoch. The run itself is not affected.', { cause });
  try {
    const { tensors, metadata } = decodeTensors(bytes);
    const floats = (name: string): Float32Array<ArrayBuffer> => {
      const data = tensors.get(name)?.data;
      if (!(data instanceof Float32Array)) throw damaged(`is damaged: it has no ${name}`);
      return data as Float32Array<ArrayBuffer>;
    };
    return {
      count: Number(metadata['count']),
      sigma: Number(metadata['sigma']),
      clean: floats('clean'),
      noisy: floats('noisy'),
      denoised: floats('denoised'),
      levels: { sigmas: floats('levels.sigmas'), noisy: floats('levels.noisy'), denoised: floats('levels.denoised') },
    };
  } catch (error) {
    if (error instanceof TensorFileError) throw damaged(error.message, error);
    throw error;
  }
}

/** Whether a folder of samples holds an epoch's test digits. */
export const hasResults = (files: readonly string[]): boolean => files.includes(RESULTS);

/** The epochs that have a folder of samples, ascending, with the names of what is in it. */
export async function listSampleFolders(run: string): Promise<{ epoch: number; files: string[] }[]> {
  const folder = join(run, 'samples');
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw diskError(error, 'read', folder);
  });
  const epochs = await Promise.all(
    names.map(async (name) => {
      const epoch = Number(/^epoch-(\d{4,})$/.exec(name)?.[1]);
      return Number.isInteger(epoch) ? [{ epoch, files: await readdir(join(folder, name)).catch((): string[] => []) }] : [];
    }),
  );
  return epochs.flat().sort((a, b) => a.epoch - b.epoch);
}

/** Pixels of the picture for each pixel of a digit, and between digits. */
const ZOOM = 4;
const GAP = 8;

/** The digits in three rows, clean, noisy and denoised, on white: a grey PNG. */
function drawResults({ count, sigma, clean, noisy, denoised }: Samples): Uint8Array {
  const tile = SIDE * ZOOM;
  const width = count * (tile + GAP) + GAP;
  const height = 3 * (tile + GAP) + GAP;
  const data = new Uint8Array(width * height).fill(255);
  const rows: [Float32Array, GreyWindow][] = [
    [clean, CLEAN],
    [noisy, noisyWindow(sigma)],
    [denoised, CLEAN],
  ];
  for (const [row, [values, window]] of rows.entries()) {
    const grey = toGrey(values, window);
    for (let n = 0; n < count; n++)
      for (let y = 0; y < tile; y++) {
        const from = n * PIXELS + Math.floor(y / ZOOM) * SIDE;
        const to = (GAP + row * (tile + GAP) + y) * width + GAP + n * (tile + GAP);
        for (let x = 0; x < tile; x++) data[to + x] = grey[from + Math.floor(x / ZOOM)]!;
      }
  }
  return encode({ width, height, data, channels: 1, depth: 8 });
}
