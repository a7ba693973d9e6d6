import { truncate } from 'node:fs/promises';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import { samplingRequestSchema, type SamplingRequest } from '#contract/sampling.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { epochCheckpoint, readCheckpoint } from '#library/checkpoint.ts';
import type { Library } from '#library/library.ts';
import { trainRun } from '#trainer/run-job.ts';
import { sampleNetwork } from '#trainer/sampling.ts';
import { createSamplings, type Samplings } from './samplings.ts';
import { openJobBench, type JobBench } from './testing/job-bench.ts';

const recipe = parseRecipe({ objective: 'ddpm', conditioning: 'class', width: 1, timesteps: 12, device: 'onnx-cpu' });
const long = { ...recipe, timesteps: 4000 };

let bench: JobBench;
let library: Library;
let samplings: Samplings;
beforeEach(async () => {
  bench = await openJobBench();
  library = bench.library;
  samplings = createSamplings(bench);
});
afterEach(async () => {
  await samplings.close();
  await bench.remove();
});

const request = (run: string, options: object = {}): SamplingRequest =>
  samplingRequestSchema.parse({ run, count: 2, classes: [3, 7], ...options });

describe('a sampling', () => {
  it('tells its frames from noise to image, its progress, and last that it is done', async () => {
    const run = await bench.runOf(recipe);
    const { job, epoch, plan } = await samplings.start(request(run, { frames: 5, seed: 4 }));
    expect([epoch, plan.labels, plan.sampler, plan.steps]).toEqual([2, [3, 7], 'ddpm', 12]);
    expect(await bench.eventOf('sampling.ended', job)).toEqual({ job, status: 'done' });
    expect(bench.events.at(-1)!.name).toBe('sampling.ended');

    const frames = bench.told('sampling.frame', job);
    expect(frames.map(({ index, of, t }) => [index, of, t])).toEqual([0, 3, 6, 9, 12].map((step, i) => [i, 5, 1 - step / 12]));
    expect(bench.told('sampling.progress', job).at(-1)).toMatchObject({ step: 12, steps: 12 });

    // the same as in this process, to the bit
    const executor = await openExecutor('onnx-cpu', { threads: 1 });
    const network = { recipe, tensors: initialState(recipe, 2) };
    let images = new Float32Array();
    for await (const { x } of sampleNetwork(executor, network, plan)) images = x as Float32Array<ArrayBuffer>;
    expect(frames.at(-1)!.x).toEqual(images);
    expect(frames.at(-1)!.x0).toEqual(images);
    expect(frames[0]!.x).toHaveLength(2 * PIXELS);
  });

  it('waits for those before it, and starts from the same noise', async () => {
    const run = await bench.runOf(recipe);
    const jobs = await Promise.all([1, 2].map((epoch) => samplings.start(request(run, { epoch }))));
    const [first, second] = jobs.map(({ job }) => job).sort((a, b) => a - b) as [number, number];
    await bench.eventOf('sampling.ended', second);
    const order = bench.events.map(({ payload }) => (payload as { job: number }).job);
    expect(order.lastIndexOf(first)).toBeLessThan(order.indexOf(second));
    const [a, b] = [bench.told('sampling.frame', first), bench.told('sampling.frame', second)];
    expect(a[0]!.x).toEqual(b[0]!.x);
    expect(a.at(-1)!.x).not.toEqual(b.at(-1)!.x);
    expect(bench.spawned).toHaveLength(1);
  });

  it('is cancelled under way and while it waits, and tells nothing after it', async () => {
    const run = await bench.runOf(long);
    const [running, waiting] = [await samplings.start(request(run)), await samplings.start(request(run))];
    await bench.eventOf('sampling.frame', running.job);
    samplings.cancel(waiting.job);
    expect(bench.told('sampling.ended', waiting.job)).toEqual([{ job: waiting.job, status: 'cancelled' }]);
    samplings.cancel(running.job);
    expect(await bench.eventOf('sampling.ended', running.job)).toEqual({ job: running.job, status: 'cancelled' });
    // what comes next is not held up, and cancelling what is over changes nothing
    samplings.cancel(running.job);
    const next = await samplings.start(request(await bench.runOf(recipe)));
    await bench.eventOf('sampling.ended', next.job);
    expect(bench.told('sampling.ended', running.job)).toHaveLength(1);
    expect(bench.told('sampling.frame', waiting.job)).toEqual([]);
    const after = bench.events.slice(
      bench.events.findIndex((e) => e.name === 'sampling.ended' && e.payload === bench.told('sampling.ended', running.job)[0]),
    );
    expect(after.filter(({ payload }) => (payload as { job: number }).job === running.job)).toHaveLength(1);
  });

  it('fails where its process dies, and the next one has another', async () => {
    const { job } = await samplings.start(request(await bench.runOf(long)));
    await bench.eventOf('sampling.frame', job);
    process.kill(bench.spawned[0]!.pid!, 'SIGKILL');
    const { status, error } = await bench.eventOf('sampling.ended', job);
    expect([status, error?.code, error?.message]).toEqual([
      'failed',
      'trainer',
      'The sampling process died in the middle of its work.',
    ]);
    const next = await samplings.start(request(await bench.runOf(recipe)));
    expect(await bench.eventOf('sampling.ended', next.job)).toMatchObject({ status: 'done' });
    expect(bench.spawned).toHaveLength(2);
  });

  it('fails with what is wrong with a checkpoint', async () => {
    const run = await bench.runOf(recipe);
    await truncate(epochCheckpoint(library.runs.folder(run), 2), 1000);
    const { job } = await samplings.start(request(run));
    const { status, error } = await bench.eventOf('sampling.ended', job);
    expect([status, error?.code]).toEqual(['failed', 'checkpoint']);
    expect(error?.message).toContain('epoch-0002.safetensors');
  });
});

describe('a training beside a sampling', () => {
  it('ends at the same bits as without one', { timeout: 120_000 }, async () => {
    const small = parseRecipe({ width: 1, subset: 256, batchSize: 64, epochs: 2, device: 'onnx-cpu' });
    const preferences = () => ({ device: 'onnx-cpu', precision: 'float32' as const, threads: 1 });
    const train = async (): Promise<Uint8Array[]> => {
      const { id } = await library.runs.create({ recipe: small, name: undefined });
      const state = await trainRun({ library, id, preferences, wish: () => undefined });
      expect(state.status).toBe('completed');
      const { tensors } = await readCheckpoint(epochCheckpoint(library.runs.folder(id), 2));
      return Object.values(tensors).map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    };
    const alone = await train();
    const { job } = await samplings.start(request(await bench.runOf(long), { count: 40 }));
    await bench.eventOf('sampling.frame', job);
    expect(await train()).toEqual(alone);
    // it was under way all the time
    expect(bench.told('sampling.ended', job)).toEqual([]);
    samplings.cancel(job);
    expect(await bench.eventOf('sampling.ended', job)).toMatchObject({ status: 'cancelled' });
  });
});

describe('what can be asked', () => {
  it('is said where it is wrong, before anything starts', async () => {
    const run = await bench.runOf(recipe);
    const { id: untrained } = await library.runs.create({ recipe, name: 'New' });
    const denoiser = await library.runs.create({ recipe: parseRecipe({}), name: undefined });
    await expect(samplings.start(request('no-such-run'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(samplings.start(request(untrained))).rejects.toThrow('"New" has no checkpoint yet');
    await expect(samplings.start(request(run, { epoch: 3 }))).rejects.toThrow('has no checkpoint of epoch 3');
    await expect(samplings.start(request(denoiser.id))).rejects.toThrow('the objective denoise has no samples');
    await expect(samplings.start(request(run, { sampler: 'euler', weights: 'ema' }))).rejects.toThrow(
      /sampler is "euler".*keeps no running average/,
    );
    expect(bench.spawned).toEqual([]);
  });
});
