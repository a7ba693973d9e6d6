import { once } from 'node:events';
import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FigureRequest } from '#contract/figure.ts';
import { parseRecipe } from '#contract/recipe.ts';
import type { Run, RunStatus } from '#contract/run.ts';
import { createClient, type StudioClient } from '#contract/link.ts';
import { toErrorInfo } from '#contract/error.ts';
import type { EventName, Studio } from '#contract/studio.ts';
import { openLibrary } from '#library/library.ts';
import { openSettings } from '#library/settings.ts';
import { createStudio, type StudioOptions } from './studio.ts';
import { forkTrainer, type TrainerChannel } from './trainer-channel.ts';

const entry = join(import.meta.dirname, '../trainer/main.ts');
const recipe = parseRecipe({ width: 1, subset: 64, batchSize: 32, epochs: 2, device: 'onnx-cpu' });
const endless = { ...recipe, epochs: 1000 };

// on what is there everywhere
process.env['FROM_NOISE_TENSORFLOW'] = '';
process.env['FROM_NOISE_ENGINES'] = '/nowhere';
let folder: string;
const opened: Studio[] = [];
let trainers: TrainerChannel[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studio-'));
  trainers = [];
});
// as long as a test: a studio that is not closed would go on, and look for its folder for ever
afterEach(async () => {
  await Promise.all(opened.splice(0).map((studio) => studio.close()));
  await rm(folder, { recursive: true });
}, 60_000);

interface Seen {
  studio: Studio;
  client: StudioClient;
  events: { name: EventName; payload: unknown }[];
}

async function open(options: Partial<StudioOptions> = {}): Promise<Seen> {
  const settings = openSettings(join(folder, 'settings'), () => undefined);
  settings.set({ threads: 1 }); // the test runner has the other core
  const studio = await createStudio({
    shell: 'browser',
    version: '0',
    library: join(folder, 'library'),
    settings,
    spawnTrainer: () => {
      const channel = forkTrainer(entry);
      trainers.push(channel);
      return channel;
    },
    ...options,
  });
  opened.push(studio);
  const events: Seen['events'] = [];
  studio.subscribe((name, payload) => void events.push({ name, payload }));
  // as a window has it: the contract's client, over calls that answer with values or errors
  const client = createClient({
    invoke: async (name, input) => {
      try {
        return { ok: true, value: await studio.call(name, input) };
      } catch (error) {
        return { ok: false, error: toErrorInfo(error) };
      }
    },
    listen: (listener) => studio.subscribe(listener),
    importFile: () => Promise.reject(new Error('no window')),
  });
  return { studio, client, events };
}

/** Waits for an event that says so. */
function until({ studio, client }: Seen, id: string, fits: (run: Run) => boolean): Promise<Run> {
  return new Promise((resolve, reject) => {
    const take = (run: Run): void => {
      if (run.id !== id || !fits(run)) return;
      unsubscribe();
      resolve(run);
    };
    const unsubscribe = studio.subscribe((name, payload) => name === 'run.changed' && take(payload as Run));
    client.call('runs.get', { id }).then(take, reject);
  });
}
const status = (wanted: RunStatus) => (run: Run) => run.state.status === wanted;
const timeOf = (line: string): number => Date.parse(line.slice(0, line.indexOf(' ')));
const trains = (run: Run): boolean => run.live !== undefined && run.live.step > 1;

describe('a studio', () => {
  it('trains what is created, tells of every step, and has its metrics, samples and log', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { id } = await seen.client.call('runs.create', { recipe, name: 'First' });
    const run = await until(seen, id, status('completed'));
    expect(run).toMatchObject({ name: 'First', progress: { epoch: 2, step: 4 }, writer: 'none', sampledEpochs: [1, 2] });
    expect(run.checkpoints.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const told = seen.events.flatMap(({ name, payload }) =>
      name === 'run.metrics' ? [...(payload as { columns: { steps: Int32Array } }).columns.steps] : [],
    );
    expect(told).toEqual([1, 2, 3, 4]);
    const metrics = await seen.client.call('runs.metrics', { id });
    expect([...metrics.steps]).toEqual([1, 2, 3, 4]);
    expect([...metrics.testSteps]).toEqual([2, 4]);
    expect((await seen.client.call('runs.samples', { id, epoch: 2 })).denoised).toHaveLength(7840);
    expect((await seen.client.call('runs.log', { id })).text).toContain('completed');
  });

  it('trains one run at a time, in the order they were queued', { timeout: 60_000 }, async () => {
    const seen = await open();
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) ids.push((await seen.client.call('runs.create', { recipe: { ...recipe, epochs: 1 } })).id);
    await Promise.all(ids.map((id) => until(seen, id, status('completed'))));
    // a run of so few steps can begin and end between two looks, so their own logs are asked
    const [first, second] = await Promise.all(
      ids.map(async (id) => (await seen.client.call('runs.log', { id })).text.trimEnd().split('\n')),
    );
    expect([first!.at(-1), second![0]]).toEqual([expect.stringContaining('completed'), expect.stringContaining('starts on')]);
    expect(timeOf(first!.at(-1)!)).toBeLessThanOrEqual(timeOf(second![0]!));
  });

  it('pauses, frees the trainer for the next run, resumes and stops', { timeout: 60_000 }, async () => {
    const seen = await open();
    const first = await seen.client.call('runs.create', { recipe: endless });
    const second = await seen.client.call('runs.create', { recipe: endless });
    const live = await until(seen, first.id, trains);
    expect(live).toMatchObject({ writer: 'here' });
    expect(live.live!.imagesPerSecond).toBeGreaterThan(0);
    expect((await seen.client.call('runs.pause', first)).state.status).toBe('paused');
    await until(seen, second.id, trains);
    expect((await seen.client.call('runs.resume', first)).state.status).toBe('queued');
    expect((await seen.client.call('runs.stop', second)).state.status).toBe('stopped');
    await until(seen, first.id, trains);
    expect((await seen.client.call('runs.stop', first)).state.status).toBe('stopped');
  });

  it('takes a run out of the queue, renames and deletes it', { timeout: 60_000 }, async () => {
    const seen = await open();
    const training = await seen.client.call('runs.create', { recipe: endless });
    const waiting = await seen.client.call('runs.create', { recipe });
    await until(seen, training.id, status('training'));
    expect((await seen.client.call('runs.stop', waiting)).state.status).toBe('stopped');
    expect((await seen.client.call('runs.rename', { id: waiting.id, name: 'Spare' })).name).toBe('Spare');
    expect((await seen.client.call('runs.rename', { id: training.id, name: 'Busy' })).name).toBe('Busy');
    await expect(seen.client.call('runs.delete', training)).rejects.toMatchObject({ code: 'state' });
    // its files change; those of another one are a download for a browser, and a file for a window
    await expect(seen.client.call('runs.export', training)).rejects.toMatchObject({
      code: 'busy',
      message: '"Busy" is training: its files change.',
    });
    expect(await seen.client.call('runs.export', waiting)).toEqual({
      how: 'download',
      path: `/export/${waiting.id}.fromnoise`,
      fileName: `${waiting.id}.fromnoise`,
    });
    await seen.client.call('runs.delete', waiting);
    expect(seen.events).toContainEqual({ name: 'run.removed', payload: { id: waiting.id } });
    expect((await seen.client.call('runs.list')).runs.map(({ id }) => id)).toEqual([training.id]);
    await expect(seen.client.call('runs.get', waiting)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('duplicates, tags, reorders and brings back runs, and says what they take', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { client } = seen;
    const training = await client.call('runs.create', { recipe: endless, name: 'Busy' });
    await until(seen, training.id, trains);
    const first = await client.call('runs.create', { recipe, name: 'First' });
    expect((await client.call('runs.annotate', { id: first.id, tags: ['what if', 'what if'], notes: 'σ higher?' })).tags).toEqual(
      ['what if'],
    );
    const second = await client.call('runs.duplicate', first);
    expect(second).toMatchObject({ name: 'First copy', recipe, tags: ['what if'], notes: '', state: { status: 'queued' } });
    await client.call('runs.move', { id: second.id, before: first.id });
    const order = (await client.call('runs.list')).runs
      .flatMap(({ id, state }) => (state.status === 'queued' ? [{ id, at: state.queuedAt }] : []))
      .sort((a, b) => a.at - b.at);
    expect(order.map(({ id }) => id)).toEqual([second.id, first.id]);
    await expect(client.call('runs.move', { id: training.id, before: null })).rejects.toMatchObject({ code: 'state' });

    const { entry } = await client.call('runs.delete', first);
    expect((await client.call('trash.list')).map(({ name }) => name)).toEqual(['First']);
    const usage = await client.call('library.usage');
    expect(usage.runs.map(({ id }) => id).sort()).toEqual([training.id, second.id].sort());
    expect(usage.runs.every(({ bytes }) => bytes > 0)).toBe(true);
    expect(usage.trash).toBeGreaterThan(0);
    expect(usage.free).toBeGreaterThan(0);
    expect(await client.call('trash.restore', { entry })).toMatchObject({ id: first.id, notes: 'σ higher?' });
    await client.call('runs.delete', first);
    expect((await client.call('trash.empty')).bytes).toBe(usage.trash);
    expect(await client.call('trash.list')).toEqual([]);
    const spark = await client.call('runs.sparkline', training);
    expect(spark.steps).toHaveLength(spark.losses.length);
    expect(spark.losses.length).toBeGreaterThan(0);
  });

  it('goes on from a checkpoint of a finished run, thins it, and hands out its files', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { client } = seen;
    const { id } = await client.call('runs.create', { recipe });
    await until(seen, id, status('completed'));
    await expect(client.call('runs.continue', { id, epoch: 2, epochs: 2 })).rejects.toMatchObject({ code: 'bad-input' });
    const next = await client.call('runs.continue', { id, epoch: 1, epochs: 3 });
    const done = await until(seen, next.id, status('completed'));
    expect(done.progress.epochLosses).toHaveLength(3);
    // the second epoch is the same on both ways
    const [a, b] = await Promise.all([client.call('runs.metrics', { id }), client.call('runs.metrics', { id: next.id })]);
    expect([...b.losses.subarray(0, 4)]).toEqual([...a.losses]);

    const request = { id, moments: true, epochs: 'all' } as const;
    const plan = await client.call('runs.thinning', request);
    expect(plan.strip).toEqual([1]);
    const whole = await client.call('runs.checkpoint', { id, epoch: 1 });
    const changed = seen.events.length;
    const thinned = await client.call('runs.thin', request);
    expect(whole.bytes.length - thinned.checkpoints[0]!.bytes).toBeGreaterThanOrEqual(plan.bytes);
    expect(seen.events.slice(changed).some(({ name }) => name === 'run.changed')).toBe(true);
    expect(whole.fileName).toBe(`${id}-epoch-0001.safetensors`);
    await expect(client.call('runs.checkpoint', { id, epoch: 7 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('survives its trainer: the run reads as interrupted, says why, and goes on', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { id } = await seen.client.call('runs.create', { recipe: endless });
    await until(seen, id, (run) => run.progress.epoch >= 1);
    trainers[0]!.kill();
    const dead = await until(seen, id, status('interrupted'));
    expect(dead.writer).toBe('none');
    await expect.poll(async () => (await seen.client.call('runs.log', { id })).text).toContain('The trainer process was killed');
    await seen.client.call('runs.resume', { id });
    const again = await until(seen, id, trains);
    expect(again.progress.epoch).toBeGreaterThanOrEqual(1);
  });

  it('goes on elsewhere when the device of a run is gone, and a person says so', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { id } = await seen.client.call('runs.create', { recipe: endless });
    await until(seen, id, trains);
    const paused = await seen.client.call('runs.pause', { id });
    const library = await openLibrary(join(folder, 'library'));
    await library.runs.update(id, { resolved: { ...paused.resolved!, device: 'tensorflow-cpu' } });
    await seen.client.call('runs.resume', { id });
    const failed = await until(seen, id, status('failed'));
    expect(failed.state).toMatchObject({
      error: { code: 'device', hint: expect.stringContaining('bits then differ') as string },
    });
    await seen.client.call('runs.resume', { id, device: 'onnx-cpu' });
    expect((await until(seen, id, trains)).resolved).toMatchObject({ device: 'onnx-cpu' });
    expect((await seen.client.call('runs.log', { id })).text).toContain('device was tensorflow-cpu, is onnx-cpu');
    await seen.client.call('runs.stop', { id });
  });

  it('fails a run whose trainer never starts, and goes on with the next', { timeout: 60_000 }, async () => {
    const broken = join(folder, 'broken.mjs');
    await writeFile(broken, 'process.exit(3);');
    let spawned = 0;
    const seen = await open({ spawnTrainer: () => forkTrainer(spawned++ === 0 ? broken : entry) });
    const first = await seen.client.call('runs.create', { recipe });
    const second = await seen.client.call('runs.create', { recipe: { ...recipe, epochs: 1 } });
    const failed = await until(seen, first.id, status('failed'));
    expect(failed.state).toMatchObject({ error: { code: 'trainer' } });
    await until(seen, second.id, status('completed'));
  });

  it('interrupts its run when it closes, and trains what is queued when it opens', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { id } = await seen.client.call('runs.create', { recipe: endless });
    const queued = await seen.client.call('runs.create', { recipe: { ...recipe, epochs: 1 } });
    await until(seen, id, trains);
    await seen.studio.close();
    await expect(seen.client.call('runs.list')).rejects.toMatchObject({ code: 'closed' });
    const stored = await (await openLibrary(join(folder, 'library'))).runs.read(id);
    expect(stored).toMatchObject({ state: { status: 'interrupted' }, holder: undefined });
    expect(stored.progress.step).toBeGreaterThan(1);
    const next = await open();
    await until(next, queued.id, status('completed'));
    expect((await next.client.call('runs.get', { id })).state.status).toBe('interrupted');
  });
});

describe('two studios on one library', () => {
  it('share its queue: the second watches and commands, and takes over', { timeout: 60_000 }, async () => {
    const first = await open();
    const second = await open();
    const { id } = await second.client.call('runs.create', { recipe: endless });
    const live = await until(second, id, trains);
    expect(live.writer).toBe('elsewhere');
    expect((await second.client.call('runs.pause', { id })).state.status).toBe('paused');
    await second.client.call('runs.resume', { id });
    await until(first, id, trains);
    await first.studio.close();
    await until(second, id, status('interrupted'));
    await second.client.call('runs.resume', { id });
    expect((await until(second, id, trains)).writer).toBe('here');
  });
});

describe('a run of another process', () => {
  it('is watched, and keeps the queue waiting', { timeout: 60_000 }, async () => {
    const library = await openLibrary(join(folder, 'library'));
    const run = await library.runs.create({ recipe: endless });
    const child = fork(entry, [], { execArgv: [] });
    const preferences = { device: 'onnx-cpu', precision: 'float32', threads: 1 };
    child.send({ type: 'start', job: 1, task: { kind: 'train', library: library.folder, id: run.id, preferences } });
    await expect.poll(async () => (await library.runs.read(run.id)).state.status, { timeout: 20_000 }).toBe('training');
    const seen = await open();
    await until(seen, run.id, (r) => trains(r) && r.writer === 'elsewhere');
    const own = await seen.client.call('runs.create', { recipe: { ...recipe, epochs: 1 } });
    await expect(seen.client.call('runs.resume', run)).rejects.toMatchObject({ code: 'busy' });
    const estimate = await seen.client.call('estimate.measure', { recipe: { ...recipe, device: 'auto' } });
    expect(estimate).toMatchObject({ basis: 'live', device: 'onnx-cpu' });
    expect((await seen.client.call('runs.get', own)).state.status).toBe('queued');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(seen, own.id, status('completed'));
    expect((await seen.client.call('runs.get', run)).state.status).toBe('interrupted');
  });
});

describe('the other calls', () => {
  it('say what is there', { timeout: 60_000 }, async () => {
    const opened: string[] = [];
    const { client, events } = await open({ reveal: (path) => Promise.resolve(opened.push(path) > 0) });
    expect(await client.call('app.info')).toMatchObject({ libraryFolder: join(folder, 'library'), shell: 'browser' });
    expect(await client.call('settings.set', { threads: 1 })).toMatchObject({ threads: 1, theme: 'system' });
    await client.call('settings.set', { theme: 'dark' });
    expect(await client.call('settings.get')).toMatchObject({ threads: 1, theme: 'dark' });
    const estimate = await client.call('estimate.measure', { recipe });
    expect(estimate).toMatchObject({ basis: 'measured', device: 'onnx-cpu' });
    expect(estimate.seconds).toBeGreaterThan(estimate.secondsPerStep * 4);
    expect((await client.call('runs.list')).runs).toEqual([]);
    const noised = await client.call('dataset.noising', { seed: 1 });
    expect([noised.digits, noised.sigmas.length, noised.images.length]).toEqual([5, 7, 5 * 7 * 784]);
    const { id, folder: at } = await client.call('runs.create', { recipe });
    expect(await client.call('runs.reveal', { id })).toEqual({ opened: true, folder: at });
    expect(opened).toEqual([at]);
    expect(events.map(({ name }) => name)).toContain('settings.changed');
    await expect(client.call('runs.create', { recipe: { objective: 'flow', conditioning: 'none' } })).rejects.toMatchObject({
      code: 'bad-input',
    });
    await expect(client.call('runs.samples', { id, epoch: 9 })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('draw every figure, as drawing and as picture', { timeout: 60_000 }, async () => {
    const seen = await open();
    const { id } = await seen.client.call('runs.create', { recipe: { ...recipe, epochs: 1 } });
    await until(seen, id, status('completed'));
    const requests: FigureRequest[] = [
      { figure: 'noising', seed: 1 },
      { figure: 'loss', run: id },
      { figure: 'results', run: id, epoch: 1 },
      { figure: 'noise-levels', run: id, epoch: 1 },
    ];
    for (const request of requests) {
      const svg = await seen.client.call('figures.render', { request, format: 'svg', scale: 1 });
      expect(new TextDecoder().decode(svg.bytes)).toMatch(/^<svg /);
      const png = await seen.client.call('figures.render', { request, format: 'png', scale: 0.5 });
      expect([...png.bytes.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
      expect(png.fileName).toMatch(/^figure-\d-.*\.png$/);
    }
    await expect(
      seen.client.call('figures.render', { request: { figure: 'results', run: id, epoch: 7 }, format: 'svg', scale: 1 }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  it('say when the library can not be used', async () => {
    await writeFile(join(folder, 'library'), 'in the way');
    await expect(open()).rejects.toMatchObject({ code: 'library' });
    expect(await readFile(join(folder, 'library'), 'utf8')).toBe('in the way');
    await rm(join(folder, 'library'));
  });
});
