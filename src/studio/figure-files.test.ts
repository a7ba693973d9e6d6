import { Buffer } from 'node:buffer';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FigureRequest } from '#contract/figure.ts';
import { parseRecipe } from '#contract/recipe.ts';
import { figuresOfRun } from '#contract/run-figures.ts';
import { gridPlan } from '#contract/sampling.ts';
import { decodeTensors } from '#engine/tensors/safetensors.ts';
import { writeGrid } from '#library/grids.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { metricsFile } from '#library/run-folder.ts';
import { writeSamples } from '#library/samples.ts';
import { figureData } from './figure-data.ts';
import { PRINT_SCALE, writeFigures } from './figure-files.ts';
import { noising } from './noising.ts';
import { buildReport } from './report.ts';

let folder: string;
let library: Library;
let denoiser: string;
let klass: string;
const images = (n: number, from: number) => Float32Array.from({ length: n * 784 }, (_, i) => from + Math.floor(i / 784) / 100);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figure-files-'));
  library = await openLibrary(join(folder, 'library'));
  const small = { width: 4, subset: 512, batchSize: 256 };
  const progress = { epoch: 1, step: 2, seconds: 1, epochLosses: [0.2] };
  const metrics = [
    { step: 1, epoch: 1, loss: 0.25, learningRate: 0.001, seconds: 0.5 },
    { step: 2, epoch: 1, loss: 0.125, learningRate: 0.001, seconds: 1 },
    { step: 2, epoch: 1, testLoss: 0.5 },
  ];
  const made = async (recipe: Record<string, unknown>) => {
    const { id } = await library.runs.create({ recipe: parseRecipe(recipe), name: undefined });
    await library.runs.update(id, { progress });
    await writeFile(metricsFile(library.runs.folder(id)), metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return id;
  };
  denoiser = await made({ ...small, epochs: 2 });
  await writeSamples(library.runs.folder(denoiser), 1, {
    count: 10,
    sigma: 0.5,
    clean: images(10, 0),
    noisy: images(10, 1),
    denoised: images(10, 2),
    levels: { sigmas: Float32Array.of(0, 0.2, 0.4, 0.5, 0.6, 0.8, 1), noisy: images(7, 0), denoised: images(7, 1) },
  });
  klass = await made({ ...small, objective: 'ddpm', conditioning: 'class', epochs: 1 });
  await writeGrid(library.runs.folder(klass), 1, {
    plan: gridPlan({ ...parseRecipe({ objective: 'ddpm', conditioning: 'class' }), epochs: 1 }, 1),
    images: images(40, 0.5),
    frames: { t: Float32Array.of(1, 0), x: new Uint8Array(2 * 40 * 784), x0: new Uint8Array(2 * 40 * 784) },
  });
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (requests: FigureRequest[], into: string, data: boolean): Promise<string[]> => {
  const files: string[] = [];
  for await (const file of writeFigures(library, requests, join(folder, into), data)) files.push(file);
  return files;
};

describe('the folder of figures', () => {
  it('holds each as a drawing and at print resolution, or as a GIF, and the numbers where they are asked for', async () => {
    const files = await write(figuresOfRun(await library.runs.read(klass)), 'new/class', true);
    expect((await readdir(join(folder, 'new/class'))).sort()).toEqual([...files].sort());
    expect(files).toEqual([
      ...['svg', 'png', 'csv'].map((type) => `schedule-linear-300.${type}`),
      ...['svg', 'png', 'csv'].map((type) => `figure-11-loss-${klass}.${type}`),
      ...['svg', 'png', 'safetensors'].map((type) => `samples-epoch-1-${klass}.${type}`),
      ...['svg', 'png', 'safetensors'].map((type) => `trajectory-epoch-1-${klass}.${type}`),
      ...['gif', 'safetensors'].map((type) => `denoising-epoch-1-${klass}.${type}`),
    ]);
    const svg = await readFile(join(folder, 'new/class', `samples-epoch-1-${klass}.svg`), 'utf8');
    const png = decode(await readFile(join(folder, 'new/class', `samples-epoch-1-${klass}.png`)));
    expect(png.width).toBe(PRINT_SCALE * Number(/ width="(\d+)"/.exec(svg)![1]));
    expect(svg).toMatch(/float32\son\sauto/);
  });
  it('has no numbers where none are asked for', async () => {
    const files = await write(figuresOfRun(await library.runs.read(denoiser)), 'plain', false);
    expect(files.every((file) => /\.(svg|png)$/.test(file))).toBe(true);
    expect(files).toContain(`figure-5-epoch-1-${denoiser}.png`);
  });
  it('is not begun where it can not be made', async () => {
    await writeFile(join(folder, 'a-file'), '');
    await expect(write([{ figure: 'noising', seed: 1 }], 'a-file/figures', false)).rejects.toMatchObject({ code: 'library' });
  });
});

describe("a figure's numbers", () => {
  const text = async (request: FigureRequest) => new TextDecoder().decode((await figureData(library, request)).bytes);
  const tensors = async (request: FigureRequest) => decodeTensors((await figureData(library, request)).bytes).tensors;

  it('are those of every step of a loss', async () => {
    const lines = (await text({ figure: 'loss', run: denoiser })).trimEnd().split('\n');
    expect(lines[0]).toBe('step,epoch,seconds,loss,smoothed loss,learning rate,test loss');
    expect(lines[1]).toMatch(/^1,1,0\.5,0\.25,0\.\d+,0\.001,$/);
    expect(lines[2]).toMatch(/^2,1,1,0\.125,0\.\d+,0\.001,0\.5$/);
    expect(lines).toHaveLength(3);
  });
  it('are the images before any window of greys', async () => {
    const results = await tensors({ figure: 'results', run: denoiser, epoch: 1 });
    expect(results.get('denoised')).toMatchObject({ shape: [10, 1, 28, 28], data: images(10, 2) });
    const samples = await tensors({ figure: 'samples', run: klass });
    expect(samples.get('epoch-0001.samples')).toMatchObject({ shape: [40, 1, 28, 28], data: images(40, 0.5) });
    expect([...(samples.get('epoch-0001.classes')!.data as BigInt64Array)].slice(0, 12).map(Number)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1,
    ]);
    const noisy = await tensors({ figure: 'noising', seed: 3 });
    expect(noisy.get('images')).toMatchObject({ shape: [5, 7, 28, 28], data: (await noising(3)).images });
  });
  it('are β, α, ᾱ and the signal-to-noise ratio of a schedule', async () => {
    const lines = (await text({ figure: 'schedule', schedule: 'linear', timesteps: 300 })).trimEnd().split('\n');
    expect(lines).toHaveLength(302);
    expect(lines.slice(0, 2)).toEqual(['t,beta,alpha,alpha_bar,snr', '0,,,1,']);
    const [t, beta, alpha, alphaBar, snr] = lines[1 + 300]!.split(',').map(Number) as [number, number, number, number, number];
    expect([t, beta]).toEqual([300, 0.02]);
    expect(alpha).toBeCloseTo(0.98, 12);
    expect(alphaBar).toBeCloseTo(0.0481, 4);
    expect(snr).toBeCloseTo(alphaBar / (1 - alphaBar), 12);
  });
});

describe('the report of a library', () => {
  it('shows what there is, by the best run or the one that was chosen, with the captions that were written', async () => {
    const { runs } = await library.runs.list();
    const report = { name: 'Ada', captions: { 'class-samples': 'Mine.' }, runs: { 'denoiser-loss': denoiser } };
    const built = await buildReport(library, runs, report, '1.0.0', new Date(0));
    const html = new TextDecoder().decode(built.page);
    const states = Object.fromEntries(built.deliverables.map((d) => [d.id, d.state]));
    expect(states).toMatchObject({ noising: 'done', 'denoiser-loss': 'preview', 'class-gif': 'preview', 'time-loss': 'open' });
    expect(html.match(/<img /g)).toHaveLength(built.figures.length + 1); // the GIF's still
    expect(html).toContain('<p>Mine.</p>');
    expect(html).toMatch(/<title>[^<]*: Ada</);
    const png = /id="denoiser-loss">\s*<div[^>]*><img src="data:image\/png;base64,([^"]*)" width="(\d+)" height="(\d+)"/.exec(
      html,
    )!;
    const { width, height } = decode(Buffer.from(png[1]!, 'base64'));
    expect([Number(png[2]), Number(png[3])]).toEqual([width, height]);
    const gif = /src="data:image\/gif;base64,[^"]*" width="(\d+)"/.exec(html)!;
    expect(Number(gif[1])).toBe(604);
  });
});
