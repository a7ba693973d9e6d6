import { mkdir, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listPictures } from './grids.ts';
import { readSamples, writeSamples, type Samples } from './samples.ts';

const ramp = (length: number, from: number, to: number) =>
  Float32Array.from({ length }, (_, i) => from + ((to - from) * i) / length);
const samples: Samples = {
  count: 3,
  sigma: 0.5,
  clean: ramp(3 * 784, 0, 1),
  noisy: ramp(3 * 784, -2, 3),
  denoised: ramp(3 * 784, -0.1, 1.1),
  levels: { sigmas: Float32Array.of(0, 0.5), noisy: ramp(2 * 784, -1, 2), denoised: ramp(2 * 784, 0, 1) },
};
let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'from-noise-samples-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

describe('samples', () => {
  it('come back as they were, unclamped', async () => {
    await writeSamples(run, 5, samples);
    expect(await readSamples(run, 5)).toEqual(samples);
  });
  it('lie beside a picture of them: clean, noisy and denoised rows, four pixels for each', async () => {
    await writeSamples(run, 5, samples);
    const png = decode(await readFile(join(run, 'samples', 'epoch-0005', 'results.png')));
    const side = 28 * 4;
    expect([png.width, png.height, png.channels]).toEqual([3 * side + 4 * 8, 3 * side + 4 * 8, 1]);
    const at = (row: number, digit: number, pixel: number) =>
      png.data[(8 + row * (side + 8) + Math.floor(pixel / 28) * 4) * png.width + 8 + digit * (side + 8) + (pixel % 28) * 4];
    expect(png.data[0]).toBe(255);
    expect(at(0, 2, 783)).toBe(Math.round(255 * samples.clean[3 * 784 - 1]!));
    expect(at(1, 1, 400)).toBe(Math.round((255 * (samples.noisy[784 + 400]! + 0.75)) / 2.5));
    expect(at(2, 0, 0)).toBe(0);
  });
  it('are listed by epoch, once they are whole', async () => {
    expect((await listPictures(run)).sampledEpochs).toEqual([]);
    for (const epoch of [10, 2]) await writeSamples(run, epoch, samples);
    await mkdir(join(run, 'samples', 'epoch-0003'));
    await mkdir(join(run, 'samples', 'notes'));
    expect((await listPictures(run)).sampledEpochs).toEqual([2, 10]);
  });
  it('that are missing or damaged are told as such', async () => {
    await expect(readSamples(run, 1)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('epoch 1') as string,
    });
    await writeSamples(run, 1, samples);
    await truncate(join(run, 'samples', 'epoch-0001', 'results.safetensors'), 3000);
    await expect(readSamples(run, 1)).rejects.toMatchObject({
      code: 'checkpoint',
      message: expect.stringMatching(/results\.safetensors is cut short/) as string,
    });
  });
});
