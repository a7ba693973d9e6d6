import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { gridPlan, type Grid } from '#contract/sampling.ts';
import { encodeTensors } from '#engine/tensors/safetensors.ts';
import { gridPng, listPictures, readGrid, writeGrid } from './grids.ts';

let run: string;
beforeEach(async () => (run = await mkdtemp(join(tmpdir(), 'grids-'))));
afterEach(() => rm(run, { recursive: true }));

const pixels = 40 * 784;
const grid: Grid = {
  plan: gridPlan(presetRecipe('class', 'assigned'), 5),
  images: Float32Array.from({ length: pixels }, (_, i) => Math.sin(i)),
  frames: {
    t: Float32Array.of(1, 0),
    x: Uint8Array.from({ length: 2 * pixels }, (_, i) => i % 251),
    x0: Uint8Array.from({ length: 2 * pixels }, (_, i) => i % 241),
  },
};

it('gives back what was saved of an epoch, with how it was sampled', async () => {
  await writeGrid(run, 5, grid);
  expect(await readGrid(run, 5)).toEqual(grid);
  expect((await listPictures(run)).gridEpochs).toEqual([5]);
  expect((await listPictures(run)).sampledEpochs).toEqual([]);
  const picture = decode(await readFile(join(run, 'samples/epoch-0005/grid.png')));
  expect([picture.width, picture.height]).toEqual([10 * 120 + 8, 4 * 120 + 8]);
});

it('draws images in rows of ten, and fewer in one row', () => {
  const white = decode(gridPng(new Float32Array(3 * 784).fill(1)));
  expect([white.width, white.height]).toEqual([3 * 120 + 8, 128]);
  const images = new Float32Array(11 * 784);
  images.fill(0.5, 10 * 784);
  const { data, width } = decode(gridPng(images));
  // the eleventh begins the second row
  expect([data[10 * width + 10], data[130 * width + 10], data[130 * width + 130]]).toEqual([0, 128, 255]);
});

it('says which file is missing or damaged', async () => {
  await expect(readGrid(run, 3)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('epoch 3') as string,
  });
  await writeGrid(run, 5, grid);
  const file = join(run, 'samples/epoch-0005/grid.safetensors');
  await truncate(file, 5000);
  await expect(readGrid(run, 5)).rejects.toMatchObject({ code: 'checkpoint', message: expect.stringContaining(file) as string });
  await writeFile(file, encodeTensors(new Map(), {}));
  await expect(readGrid(run, 5)).rejects.toThrow('does not say how it was sampled');
  await writeFile(file, encodeTensors(new Map(), { plan: JSON.stringify(grid.plan) }));
  await expect(readGrid(run, 5)).rejects.toThrow('it has no samples of 31360 numbers');
});
