import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRecipe, stepsPerEpoch } from '#contract/recipe.ts';
import { runFileSchema } from '#contract/run.ts';
import { sizeOf } from '#engine/graph/graph.ts';
import { stateShapes } from '#engine/model/unet.ts';
import { epochCheckpoint, latestResumePoint, momentBytes, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { openLibrary, type Library } from './library.ts';
import { acquireLock } from './lock.ts';
import { readMetrics } from './metrics.ts';
import { metricsFile, runLock, type StoredRun } from './run-folder.ts';
import { writeSamples } from './samples.ts';
import { planThinning, thinRun } from './thinning.ts';
import { folderBytes } from './usage.ts';

const EPOCHS = 7;
const recipe = parseRecipe({ width: 1, batchSize: 10, subset: 100, epochs: EPOCHS });
const perEpoch = stepsPerEpoch(recipe);
let library: Library;
beforeEach(async () => {
  library = await openLibrary(await mkdtemp(join(tmpdir(), 'from-noise-housekeeping-')));
});
afterEach(() => rm(library.folder, { recursive: true, force: true }));

/** A finished run with a checkpoint, samples and losses of every epoch. */
async function finished(): Promise<StoredRun> {
  const run = await library.runs.create({ recipe, name: 'Whole', tags: ['hand-in'] });
  const shapes = stateShapes(recipe);
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const tensors: Record<string, Float32Array> = {};
    for (const [name, shape] of shapes) {
      tensors[name] = new Float32Array(sizeOf(shape)).fill(epoch);
      if (!name.includes('running_')) for (const m of ['adam.m.', 'adam.v.']) tensors[m + name] = tensors[name].map((v) => v / 3);
    }
    await writeCheckpoint(epochCheckpoint(run.folder, epoch), { recipe, epoch, step: epoch * perEpoch, tensors });
    const digit = new Float32Array(784);
    const levels = { sigmas: Float32Array.of(0), noisy: digit, denoised: digit };
    await writeSamples(run.folder, epoch, { count: 1, sigma: 0.5, clean: digit, noisy: digit, denoised: digit, levels });
  }
  const steps = Array.from({ length: EPOCHS * perEpoch }, (_, i) => ({
    step: i + 1,
    epoch: 1,
    loss: 1 / (i + 1),
    learningRate: 1,
    seconds: i,
  }));
  await writeFile(metricsFile(run.folder), steps.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await library.runs.update(run.id, {
    state: { status: 'completed', at: 1 },
    progress: { epoch: EPOCHS, step: EPOCHS * perEpoch, seconds: 700, epochLosses: [7, 6, 5, 4, 3, 2, 1] },
  });
  return await library.runs.read(run.id);
}
const epochsOf = async (id: string): Promise<number[]> => (await library.runs.read(id)).checkpoints.map(({ epoch }) => epoch);

describe('tags and notes', () => {
  it('are empty in files that were written before runs had them', async () => {
    const run = await library.runs.create({ recipe });
    const file = JSON.parse(await readFile(join(run.folder, 'run.json'), 'utf8')) as Record<string, unknown>;
    delete file['tags'];
    delete file['notes'];
    await writeFile(join(run.folder, 'run.json'), JSON.stringify(file));
    expect(await library.runs.read(run.id)).toMatchObject({ tags: [], notes: '' });
  });
  it('are words without commas, and not without end', () => {
    const file = {
      format: 1,
      id: 'a',
      name: 'A',
      recipe,
      state: { status: 'queued', queuedAt: 0 },
      progress: { epoch: 0, step: 0, seconds: 0, epochLosses: [] },
      createdAt: 0,
    };
    const takes = (more: object) => runFileSchema.safeParse({ ...file, ...more }).success;
    expect(takes({ tags: ['hand-in', 'what if?', 'σ = 1', 'x'] })).toBe(true);
    for (const tag of ['', ' a', 'a ', 'a,b', 'a\nb', 'x'.repeat(41)])
      expect(takes({ tags: [tag] }), JSON.stringify(tag)).toBe(false);
    expect(takes({ tags: Array.from({ length: 21 }, (_, i) => String(i)) })).toBe(false);
    expect(takes({ notes: 'x'.repeat(10_001) })).toBe(false);
  });
});

describe('the trash', () => {
  it('names what was deleted, and brings it back as it was', async () => {
    const run = await finished();
    const entry = await library.runs.remove(run.id);
    expect(await library.trash.list()).toEqual([
      { entry, id: run.id, name: 'Whole', deletedAt: Number(entry.slice(-13)), bytes: expect.any(Number) as number },
    ]);
    expect((await library.trash.list())[0]!.bytes).toBeGreaterThan(10_000);
    await expect(library.runs.read(run.id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await library.trash.restore(entry)).toEqual(run);
    expect(await library.trash.list()).toEqual([]);
  });
  it('brings a run back under another id when its own is taken', async () => {
    const run = await library.runs.create({ recipe, name: 'Old' });
    const entry = await library.runs.remove(run.id);
    await mkdir(run.folder);
    const back = await library.trash.restore(entry);
    expect(back).toMatchObject({ id: `${run.id}-2`, name: 'Old' });
    await expect(library.trash.restore(entry)).rejects.toMatchObject({ code: 'not-found' });
    await expect(library.trash.restore('../../etc')).rejects.toMatchObject({ code: 'bad-input' });
  });
  it('frees what it held when it is emptied, and touches nothing else', async () => {
    const kept = await library.runs.create({ recipe });
    const gone = await finished();
    const bytes = await folderBytes(gone.folder);
    await library.runs.remove(gone.id);
    await mkdir(join(library.folder, 'trash', 'not a run'));
    expect(await library.trash.empty()).toBe(bytes);
    expect(await readdir(join(library.folder, 'trash'))).toEqual(['not a run']);
    expect(await library.trash.empty()).toBe(0);
    expect((await library.runs.list()).runs.map(({ id }) => id)).toEqual([kept.id]);
  });
  it('is cleared of what an emptying that was killed left half-deleted', async () => {
    const run = await finished();
    const entry = await library.runs.remove(run.id);
    const trash = join(library.folder, 'trash');
    // as a process of this name leaves it when it dies between its two steps: pid 2147483646 is nobody
    await rename(join(trash, entry), join(trash, `.${entry}.2147483646.0a0a0a0a.tmp`));
    expect(await library.trash.list()).toEqual([]);
    await library.trash.empty();
    expect(await readdir(trash)).toEqual([]);
  });
});

describe('thinning', () => {
  it('says what it takes before, and takes just that: the moments of all but the newest checkpoint', async () => {
    const run = await finished();
    const wish = { moments: true, epochs: 'all' } as const;
    const plan = await planThinning(run.folder, wish);
    expect(plan).toMatchObject({ drop: [], strip: [1, 2, 3, 4, 5, 6] });
    const before = await folderBytes(run.folder);
    const { mtimeMs } = await stat(epochCheckpoint(run.folder, 2));
    expect(await thinRun(run.folder, wish)).toEqual(plan);
    const freed = before - (await folderBytes(run.folder));
    // the header shrinks too
    expect(freed).toBeGreaterThanOrEqual(plan.bytes);
    expect(freed - plan.bytes).toBeLessThan(6 * 30_000);
    expect((await stat(epochCheckpoint(run.folder, 2))).mtimeMs).toBeCloseTo(mtimeMs, -1);
    const thinned = await readCheckpoint(epochCheckpoint(run.folder, 2));
    expect(Object.keys(thinned.tensors).sort()).toEqual([...stateShapes(recipe).keys()].sort());
    expect(thinned.tensors['out_conv.bias']![0]).toBe(2);
    expect(await momentBytes(epochCheckpoint(run.folder, 7))).toBeGreaterThan(0);
    expect(await planThinning(run.folder, wish)).toEqual({ drop: [], strip: [], bytes: 0 });
  });
  it('keeps the epochs that the assignment shows, and the newest', async () => {
    const run = await finished();
    const plan = await thinRun(run.folder, { moments: false, epochs: 'shown' });
    expect(plan).toMatchObject({ drop: [2, 3, 4, 6], strip: [] });
    expect(await epochsOf(run.id)).toEqual([1, 5, 7]);
    expect((await library.runs.read(run.id)).sampledEpochs).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await thinRun(run.folder, { moments: true, epochs: 'newest' });
    expect(await epochsOf(run.id)).toEqual([7]);
    expect((await latestResumePoint(run.folder, recipe)).checkpoint?.epoch).toBe(7);
  });
  it('leaves a run alone that a process writes', async () => {
    const run = await finished();
    const lock = await acquireLock(runLock(run.folder));
    if (!lock.acquired) throw new Error('the lock is free');
    // this process is alive
    await expect(thinRun(run.folder, { moments: true, epochs: 'newest' })).rejects.toMatchObject({ code: 'busy' });
    expect(await epochsOf(run.id)).toHaveLength(EPOCHS);
    await lock.release();
  });
  it('keeps training from going on from a checkpoint that has lost its moments', async () => {
    const run = await finished();
    await thinRun(run.folder, { moments: true, epochs: 'all' });
    await writeFile(epochCheckpoint(run.folder, 7), 'damaged');
    const { checkpoint, skipped } = await latestResumePoint(run.folder, recipe);
    expect(checkpoint).toBeUndefined();
    expect(skipped).toHaveLength(EPOCHS);
    expect(skipped[1]!.message).toContain('thinned');
  });
});

describe('a run that goes on from a checkpoint of another', () => {
  it('has all that the other had up to there, and leaves the other as it is', async () => {
    const run = await finished();
    const longer = { ...recipe, epochs: 12 };
    const next = await library.runs.continue(run.id, 3, longer);
    expect(next).toMatchObject({
      name: 'Whole, on from epoch 3',
      tags: ['hand-in'],
      recipe: longer,
      state: { status: 'queued' },
      progress: { epoch: 3, step: 3 * perEpoch, seconds: 300, epochLosses: [7, 6, 5] },
      sampledEpochs: [1, 2, 3],
    });
    expect(next.checkpoints.map(({ epoch }) => epoch)).toEqual([3]);
    expect((await readMetrics(metricsFile(next.folder))).steps.at(-1)).toBe(3 * perEpoch);
    expect((await latestResumePoint(next.folder, longer)).checkpoint?.step).toBe(3 * perEpoch);
    expect(await library.runs.read(run.id)).toEqual(run);
  });
  it('is not made where there is no such checkpoint, or where training can not go on from it', async () => {
    const run = await finished();
    await expect(library.runs.continue(run.id, 9, recipe)).rejects.toMatchObject({ code: 'not-found' });
    await thinRun(run.folder, { moments: true, epochs: 'all' });
    await expect(library.runs.continue(run.id, 3, recipe)).rejects.toMatchObject({ code: 'checkpoint' });
    expect((await library.runs.list()).runs).toHaveLength(1);
    expect((await readdir(join(library.folder, 'runs'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
