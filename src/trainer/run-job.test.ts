import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe, type Recipe } from '#contract/recipe.ts';
import { epochCheckpoint, readCheckpoint, resumeCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { acquireLock } from '#library/lock.ts';
import { readGrid } from '#library/grids.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import type { Command } from './messages.ts';
import { requestCommand } from './run-command.ts';
import { trainRun, type TrainOptions } from './run-job.ts';

const preferences = () => ({ device: 'onnx-cpu', precision: 'float32', threads: 1 }) as const;
let folder: string;
let library: Library;
let recipe: Recipe;
/** a run that was never stopped, and what it comes to */
let whole: StoredRun;
let expected: Outcome;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runs-'));
  library = await openLibrary(folder);
  // 4 steps an epoch, the last one smaller
  recipe = parseRecipe({ width: 4, subset: 100, batchSize: 32, epochs: 3, learningRate: 1e-2, device: 'onnx-cpu' });
  whole = await library.runs.create({ recipe });
  await sit(whole);
  expected = await outcome(whole.id);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const sit = ({ id }: { id: string }, options: Partial<TrainOptions> = {}) =>
  trainRun({ library, id, preferences, wish: () => undefined, resume: true, ...options });

/** Asks for it at the n-th time that it looks, counted over steps and passes of the evaluation. */
const after = (looks: number, command: Command) => (): Command | undefined => (looks-- > 0 ? undefined : command);

interface Outcome {
  status: string;
  metrics: unknown[];
  epochLosses: number[];
  checkpoints: Record<string, string>;
  samples: string[];
  grids: string[];
}
async function outcome(id: string): Promise<Outcome> {
  const run = await library.runs.read(id);
  const lines = (await readFile(metricsFile(run.folder), 'utf8')).trim().split('\n');
  const base64 = (file: string) => readFile(file, 'base64');
  const names = (await readdir(join(run.folder, 'checkpoints'))).sort();
  const inSamples = (file: string) => (e: number) => join(run.folder, 'samples', `epoch-000${e}`, file);
  return {
    status: run.state.status,
    metrics: lines.map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 })),
    epochLosses: run.progress.epochLosses,
    checkpoints: Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await base64(join(run.folder, 'checkpoints', name))] as const)),
    ),
    samples: await Promise.all(run.sampledEpochs.map(inSamples('results.safetensors')).map(base64)),
    grids: await Promise.all(run.gridEpochs.map(inSamples('grid.safetensors')).map(base64)),
  };
}

const started: ChildProcess[] = [];
// also where a test ran out of time: what goes on would hold the library's slot, and every later test would fail
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Trains in a process of its own, which is killed as soon as a file of the run is there, and not empty. */
async function trainUntil(run: StoredRun, file: string): Promise<void> {
  const child = fork(join(import.meta.dirname, 'testing/die-at.ts'), [folder, run.id, file], { execArgv: [] });
  started.push(child);
  await once(child, 'exit');
}

describe('a run that is never stopped', () => {
  it('has a checkpoint and samples of every epoch, and a metric of every step', () => {
    expect(expected.status).toBe('completed');
    expect(Object.keys(expected.checkpoints)).toEqual([1, 2, 3].map((e) => `epoch-000${e}.safetensors`));
    expect(expected.samples).toHaveLength(3);
    expect(expected.metrics).toHaveLength(3 * (4 + 1));
    const losses = (expected.metrics as { loss?: number }[]).flatMap((m) => m.loss ?? []);
    const images = [32, 32, 32, 4];
    expect(expected.epochLosses[1]).toBeCloseTo(images.reduce((sum, n, i) => sum + n * losses[4 + i]!, 0) / 100, 12);
    expect(expected.epochLosses[2]).toBeLessThan(expected.epochLosses[0]!);
  });
});

describe('a run that is paused and resumed', () => {
  it('comes to the same bits, wherever it is paused', { timeout: 120_000 }, async () => {
    const run = await library.runs.create({ recipe });
    // in the middle of an epoch, in an evaluation, at once, at a first step …
    for (const looks of [2, 3, 0, 14]) {
      const state = await sit(run, { wish: after(looks, 'pause') });
      expect(state.status).toBe('paused');
      expect(existsSync(resumeCheckpoint(run.folder))).toBe(true);
    }
    await sit(run);
    expect(await outcome(run.id)).toEqual(expected);
    expect(existsSync(resumeCheckpoint(run.folder))).toBe(false);
  });

  it('says where it stands, and counts the time of all sittings', async () => {
    const run = await library.runs.create({ recipe });
    await sit(run, { wish: after(2, 'stop') });
    const stopped = await library.runs.read(run.id);
    expect(stopped).toMatchObject({ state: { status: 'stopped' }, progress: { epoch: 0, step: 2 }, holder: undefined });
    await sit(run, { wish: after(1, 'interrupt') });
    const interrupted = await library.runs.read(run.id);
    expect(interrupted).toMatchObject({ state: { status: 'interrupted' }, progress: { epoch: 0, step: 3 } });
    expect(interrupted.progress.seconds).toBeGreaterThan(stopped.progress.seconds);
  });

  it('keeps the device and the threads of its start, unless told otherwise', async () => {
    const run = await library.runs.create({ recipe: { ...recipe, device: 'auto' } });
    await sit(run, { wish: after(1, 'pause') });
    expect((await library.runs.read(run.id)).resolved).toMatchObject({ threads: 1, device: recipe.device });
    await sit(run, { wish: after(1, 'pause'), preferences: () => ({ ...preferences(), threads: 2 }) });
    expect((await library.runs.read(run.id)).resolved).toMatchObject({ threads: 1 });
    const deviations: string[] = [];
    await sit(run, {
      wish: after(1, 'pause'),
      override: { threads: 2 },
      onEvent: (e) => e.type === 'started' && deviations.push(...e.deviations),
    });
    expect(deviations).toEqual(['threads was 1, is 2']);
    expect((await library.runs.read(run.id)).resolved).toMatchObject({ threads: 2 });
    expect(await readFile(join(run.folder, 'log.txt'), 'utf8')).toContain('need not repeat');
  });

  it('keeps its device when a faster one arrives, and says what to do when its own is gone', async () => {
    const run = await library.runs.create({ recipe: { ...recipe, device: 'auto' } });
    await sit(run, { wish: after(1, 'pause') });
    await sit(run, { wish: after(1, 'pause'), preferences: () => ({ ...preferences(), device: 'reference' }) });
    expect((await library.runs.read(run.id)).resolved).toMatchObject({ device: 'onnx-cpu' });

    const { resolved } = await library.runs.read(run.id);
    await library.runs.update(run.id, { resolved: { ...resolved!, device: 'gone', precision: 'bfloat16' } });
    const failed = await sit(run);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'device' } });
    const { error } = failed as Extract<typeof failed, { status: 'failed' }>;
    expect(error.message).toContain('gone in bfloat16');
    expect(error.hint).toContain('bits then differ');

    const deviations: string[] = [];
    await sit(run, {
      wish: after(1, 'pause'),
      override: { device: 'onnx-cpu' },
      onEvent: (e) => e.type === 'started' && deviations.push(...e.deviations),
    });
    expect(deviations).toEqual(['device was gone, is onnx-cpu', 'precision was bfloat16, is float32']);
    expect((await library.runs.read(run.id)).resolved).toEqual(resolved);
  });

  it('goes on from the checkpoint of another engine as that one would, within rounding', { timeout: 120_000 }, async () => {
    const run = await library.runs.create({ recipe: { ...recipe, epochs: 1 } });
    await sit(run, { wish: after(2, 'pause') });
    const moved = await sit(run, { override: { device: 'reference' } });
    expect(moved.status).toBe('completed');
    const losses = ({ metrics }: Outcome) => (metrics as { loss?: number }[]).flatMap(({ loss }) => loss ?? []);
    const theirs = losses(await outcome(run.id));
    expect(theirs).toHaveLength(4);
    theirs.forEach((loss, step) => expect(loss / losses(expected)[step]!).toBeCloseTo(1, 4));
    expect(theirs).not.toEqual(losses(expected).slice(0, 4));
  });

  it('does as the command file says, which any process may leave', async () => {
    const run = await library.runs.create({ recipe });
    const state = await sit(run, { onEvent: (e) => void (e.type === 'started' && requestCommand(run.folder, 'stop')) });
    expect(state.status).toBe('stopped');
  });
});

describe('a run of part 2', () => {
  let part2: Recipe;
  let straight: StoredRun;
  beforeAll(async () => {
    const changes = { objective: 'ddpm', conditioning: 'class', width: 2, epochs: 2, ema: 0.9, timesteps: 10 } as const;
    part2 = { ...recipe, ...changes };
    straight = await library.runs.create({ recipe: part2 });
    await sit(straight);
  }, 120_000);

  it('keeps losses by quarter and the average of its weights, and resumes to the same bits', { timeout: 120_000 }, async () => {
    const expected = await outcome(straight.id);
    expect(expected.status).toBe('completed');
    expect(expected.samples).toEqual([]);
    expect(expected.grids).toHaveLength(2);
    const [first, second] = [await readGrid(straight.folder, 1), await readGrid(straight.folder, 2)];
    expect(first.plan).toMatchObject({ sampler: 'ddpm', steps: 10, count: 40, seed: 0 });
    // from the same noise to other images, since the network is another
    expect(first.frames.x.subarray(0, 784)).toEqual(second.frames.x.subarray(0, 784));
    expect(first.images).not.toEqual(second.images);
    const steps = (expected.metrics as { quarters?: unknown[]; testLoss?: number }[]).filter((m) => m.testLoss === undefined);
    expect(steps.map(({ quarters }) => quarters?.length)).toEqual(Array.from({ length: 8 }, () => 4));
    const { tensors } = await readCheckpoint(epochCheckpoint(straight.folder, 2));
    expect(tensors['ema.out_conv.weight']).not.toEqual(tensors['out_conv.weight']);

    const broken = await library.runs.create({ recipe: part2 });
    // in the middle of an epoch, in its evaluation, at once
    for (const looks of [2, 3, 0]) await sit(broken, { wish: after(looks, 'pause') });
    await sit(broken);
    expect(await outcome(broken.id)).toEqual(expected);
  });

  it('can be paused within a step of its grid, which is then sampled anew', { timeout: 120_000 }, async () => {
    const run = await library.runs.create({ recipe: part2 });
    let sampling = false;
    let looks = 0;
    const state = await sit(run, {
      onEvent: ({ type }) => (sampling ||= type === 'sampling'),
      wish: () => (sampling && ++looks === 3 ? 'pause' : undefined),
    });
    expect([state.status, looks]).toEqual(['paused', 3]);
    // the epoch's checkpoint is there before its grid, and the test loss comes last of all
    expect(existsSync(epochCheckpoint(run.folder, 1))).toBe(true);
    const left = await outcome(run.id);
    expect([left.grids, left.metrics.length]).toEqual([[], 4]);
    await sit(run);
    expect(await outcome(run.id)).toEqual(await outcome(straight.id));
  });

  it('has no grid before one is whole: a process that is killed while sampling leaves none', { timeout: 120_000 }, async () => {
    const run = await library.runs.create({ recipe: part2 });
    await trainUntil(run, epochCheckpoint(run.folder, 1));
    expect((await library.runs.read(run.id)).state.status).toBe('interrupted');
    await sit(run);
    expect(await outcome(run.id)).toEqual(await outcome(straight.id));
  });
});

describe('a run whose process is killed', () => {
  const lines = async (run: StoredRun): Promise<number> =>
    (await readFile(metricsFile(run.folder), 'utf8').catch(() => '')).split('\n').length - 1;

  it('reads as interrupted at once, and resumes to the same bits', { timeout: 120_000 }, async () => {
    const run = await library.runs.create({ recipe });
    const requeue = () => library.runs.update(run.id, { state: { status: 'queued', queuedAt: 1 } });
    const moments = [
      metricsFile(run.folder),
      join(run.folder, 'samples', 'epoch-0001', 'results.safetensors'),
      epochCheckpoint(run.folder, 1),
      join(run.folder, 'samples', 'epoch-0002', 'results.png'),
    ];
    for (const file of moments) {
      await requeue();
      await trainUntil(run, file);
      expect((await library.runs.read(run.id)).state.status).toBe('interrupted');
    }
    await sit(run);
    expect(await outcome(run.id)).toEqual(expected);
  });

  it('finishes an epoch whose end was cut off, after its checkpoint as before', async () => {
    const run = { id: 'cut-off', folder: library.runs.folder('cut-off') };
    await cp(whole.folder, run.folder, { recursive: true });
    const text = await readFile(metricsFile(run.folder), 'utf8');
    await writeFile(metricsFile(run.folder), text.slice(0, text.lastIndexOf('{'))); // without the last test loss
    await rm(join(run.folder, 'samples', 'epoch-0003'), { recursive: true });
    await library.runs.update(run.id, { state: { status: 'stopped', at: 1 } });
    await sit(run);
    expect(await outcome(run.id)).toEqual(expected);
  });

  it('loses nothing to a torn last line', async () => {
    const run = await library.runs.create({ recipe });
    await sit(run, { wish: after(2, 'pause') });
    await appendFile(metricsFile(run.folder), '{"step":3,"epo');
    await sit(run, { wish: after(1, 'pause') });
    expect((await outcome(run.id)).metrics).toEqual(expected.metrics.slice(0, 3));
  });

  it('saves where it stands when only its parent goes', { timeout: 60_000 }, async () => {
    const run = await library.runs.create({ recipe: { ...recipe, epochs: 1000 } });
    const child = fork(join(import.meta.dirname, 'main.ts'), [], { execArgv: [] });
    started.push(child);
    child.send({ type: 'start', job: 1, task: { kind: 'train', library: folder, id: run.id, preferences: preferences() } });
    while ((await lines(run)) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    const left = await library.runs.read(run.id);
    expect(left).toMatchObject({ state: { status: 'interrupted' }, holder: undefined });
    expect(left.progress.step).toBeGreaterThan(0);
    expect(existsSync(resumeCheckpoint(run.folder))).toBe(true);
  });
});

describe('a run that can not go on', () => {
  it('fails with advice when the loss is no number any more', async () => {
    const run = await library.runs.create({ recipe });
    await sit(run, { wish: after(2, 'pause') });
    const point = await readCheckpoint(resumeCheckpoint(run.folder));
    point.tensors['out_conv.bias']!.fill(Number.NaN);
    await writeCheckpoint(resumeCheckpoint(run.folder), point);
    const state = await sit(run);
    expect(state).toMatchObject({ status: 'failed', error: { code: 'diverged' } });
    expect(state).toHaveProperty('error.message', 'The loss stopped being a number at step 3, in epoch 1: training diverged.');
    expect(state).toHaveProperty('error.hint', 'Start a new run with a learning rate below 0.01.');
    expect((await readFile(metricsFile(run.folder), 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it.skipIf(process.platform === 'win32')('fails when the disk is full, and goes on when there is room', async () => {
    const run = await library.runs.create({ recipe });
    // no file may grow beyond 64 blocks of 512 bytes: a limit that the system sets like a full disk
    const child = spawn('sh', ['-c', 'ulimit -f 64; exec "$0" "$1"', process.execPath, join(import.meta.dirname, 'main.ts')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    started.push(child);
    child.send({ type: 'start', job: 1, task: { kind: 'train', library: folder, id: run.id, preferences: preferences() } });
    await once(child, 'message');
    child.kill('SIGKILL');
    const failed = await library.runs.read(run.id);
    expect(failed.state).toMatchObject({ status: 'failed', error: { code: 'disk-full' } });
    expect(failed.checkpoints).toEqual([]);
    await sit(run, { wish: after(2, 'pause') });
    expect((await outcome(run.id)).metrics).toEqual(expected.metrics.slice(0, 2));
  });

  it('goes on from an older checkpoint when the newest is cut short, and says so', async () => {
    const run = { id: 'a-copy', folder: library.runs.folder('a-copy') };
    await cp(whole.folder, run.folder, { recursive: true });
    await rm(epochCheckpoint(run.folder, 3));
    await truncate(epochCheckpoint(run.folder, 2), 1000);
    await library.runs.update(run.id, { state: { status: 'stopped', at: 1 } });
    await sit(run);
    expect(await outcome(run.id)).toEqual(expected);
    expect(await readFile(join(run.folder, 'log.txt'), 'utf8')).toContain('epoch-0002.safetensors is cut short');
  });

  it('fails when no checkpoint is whole, rather than starting over', async () => {
    const run = await library.runs.create({ recipe });
    await sit(run, { wish: after(2, 'pause') });
    await truncate(resumeCheckpoint(run.folder), 1000);
    expect(await sit(run)).toMatchObject({ status: 'failed', error: { code: 'checkpoint' } });
    expect(existsSync(resumeCheckpoint(run.folder))).toBe(true);
  });

  it('is left alone while another process has it, or its library', async () => {
    const run = await library.runs.create({ recipe });
    const lock = await acquireLock(library.trainingLock);
    if (!lock.acquired) throw new Error('the slot is taken');
    await expect(sit(run)).rejects.toMatchObject({ code: 'busy' });
    expect((await library.runs.read(run.id)).state.status).toBe('queued');
    const waited: number[] = [];
    const state = await sit(run, {
      onWaiting: ({ pid }) => {
        waited.push(pid);
        if (waited.length === 2) void lock.release();
      },
      wish: after(1 + 1, 'pause'),
    });
    expect(waited[0]).toBe(process.pid);
    expect(state.status).toBe('paused');
  });

  it('can be called off while it waits', async () => {
    const run = await library.runs.create({ recipe });
    const lock = await acquireLock(library.trainingLock);
    if (!lock.acquired) throw new Error('the slot is taken');
    expect((await sit(run, { onWaiting: () => undefined, wish: () => 'interrupt' })).status).toBe('interrupted');
    await lock.release();
  });

  it('does not start when it was stopped in the queue, or is complete', async () => {
    const run = await library.runs.create({ recipe });
    await library.runs.update(run.id, { state: { status: 'stopped', at: 1 } });
    await expect(sit(run, { resume: false })).rejects.toMatchObject({ code: 'state' });
    await library.runs.update(run.id, { state: { status: 'completed', at: 1 } });
    await expect(sit(run)).rejects.toMatchObject({ code: 'state' });
  });
});
