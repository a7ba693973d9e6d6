import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FigureRequest } from '#contract/figure.ts';
import { parseRecipe } from '#contract/recipe.ts';
import { gridPlan } from '#contract/sampling.ts';
import { writeGrid } from '#library/grids.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { renderFigure } from './render-figure.ts';

const recipe = parseRecipe({ objective: 'ddpm', conditioning: 'class', epochs: 7 });
let folder: string;
let library: Library;
let run: string;
let untrained: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figures-'));
  library = await openLibrary(folder);
  run = (await library.runs.create({ recipe, name: undefined })).id;
  untrained = (await library.runs.create({ recipe, name: 'New' })).id;
  const size = 40 * 784;
  for (const epoch of [1, 2, 5])
    await writeGrid(library.runs.folder(run), epoch, {
      plan: gridPlan(recipe, epoch),
      images: new Float32Array(size).fill(0.5),
      frames: { t: Float32Array.of(1, 0), x: new Uint8Array(2 * size), x0: new Uint8Array(2 * size) },
    });
});
afterAll(() => rm(folder, { recursive: true }));

const svgOf = async (request: FigureRequest): Promise<string> =>
  new TextDecoder().decode((await renderFigure(library, request, 'svg', 1)).bytes);

describe('figures of samples', () => {
  it('show the epochs that the assignment shows and the run has, or those that are named', async () => {
    expect((await svgOf({ figure: 'samples', run })).match(/>Epoch \d+</g)).toEqual(['>Epoch 1<', '>Epoch 5<']);
    expect(await svgOf({ figure: 'samples', run, epochs: [2] })).toContain('Samples after 2 epochs');
    await expect(svgOf({ figure: 'samples', run: untrained })).rejects.toThrow('"New" has no samples yet');
    await expect(svgOf({ figure: 'samples', run, epochs: [3] })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('show the way of an image that the grid has', async () => {
    expect(await svgOf({ figure: 'trajectory', run, epoch: 5, image: 14 })).toContain('From noise to a 4');
    await expect(svgOf({ figure: 'trajectory', run, epoch: 5, image: 40 })).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('draw schedules and pictures', async () => {
    const schedule = await renderFigure(library, { figure: 'schedule', schedule: 'cosine', timesteps: 50 }, 'png', 0.5);
    expect(schedule.fileName).toBe('schedule-cosine-50.png');
    expect([...schedule.bytes.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  it('are a GIF where they move, and nowhere else', async () => {
    const { fileName, bytes } = await renderFigure(library, { figure: 'denoising', run, epoch: 5 }, 'gif', 1);
    expect(fileName).toBe(`denoising-epoch-5-${run}.gif`);
    expect(new TextDecoder().decode(bytes.subarray(0, 6))).toBe('GIF89a');
    await expect(renderFigure(library, { figure: 'denoising', run, epoch: 5 }, 'png', 1)).rejects.toThrow('is a GIF');
    await expect(renderFigure(library, { figure: 'samples', run }, 'gif', 1)).rejects.toThrow('is no GIF');
  });
});
