import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inspectionRequestSchema } from '#contract/inspection.ts';
import { lookRequestSchema, walkRequestSchema } from '#contract/playground.ts';
import { parseRecipe } from '#contract/recipe.ts';
import { createPlays, type Plays } from './plays.ts';
import { openJobBench, type JobBench } from './testing/job-bench.ts';

const recipe = parseRecipe({ objective: 'ddpm', conditioning: 'class', width: 1, timesteps: 100, device: 'onnx-cpu' });
let bench: JobBench;
let plays: Plays;
beforeEach(async () => {
  bench = await openJobBench();
  plays = createPlays(bench);
});
afterEach(async () => {
  await plays.close();
  await bench.remove();
});

const drawing = new Float32Array(784);
const look = (run: string, more: object = {}) =>
  plays.look(lookRequestSchema.parse({ run, epoch: 1, drawing, level: 0.5, seed: 3, ...more }));
const inspect = (run: string, more: object = {}) =>
  plays.inspect(inspectionRequestSchema.parse({ run, epoch: 1, drawing, level: 0.5, seed: 3, ...more }));
const walk = (run: string, more: object = {}) =>
  plays.walk(walkRequestSchema.parse({ kind: 'way', run, epoch: 1, drawing, t: 1, seed: 3, steps: 100, ...more }));

describe('the playground', { timeout: 60_000 }, () => {
  it('answers looks and walks in one process, and tells a walk moment by moment', async () => {
    const run = await bench.runOf(recipe);
    const { noisy } = await look(run);
    const { job } = await walk(run, { steps: 4, t: 0.5 });
    expect(await bench.eventOf('playground.ended', job)).toEqual({ job, status: 'done' });
    const frames = bench.told('playground.frame', job);
    expect(frames.map(({ index, of }) => [index, of])).toEqual([0, 1, 2, 3, 4].map((i) => [i, 5]));
    expect(frames[0]!.x).toEqual(noisy);
    expect(bench.events.at(-1)!.name).toBe('playground.ended');
    expect(bench.spawned).toHaveLength(1);
    // a device is looked for once, not at every stroke of a pen
    expect(bench.resolved).toEqual([{ device: 'auto', precision: 'float32' }]);
  });

  it('looks into a network in the same process, beside what else is asked', async () => {
    const run = await bench.runOf(recipe);
    const [{ noisy }, { noisy: same, blocks }] = await Promise.all([look(run), inspect(run, { instead: { t: 0.1, digit: 3 } })]);
    expect(same).toEqual(noisy);
    expect(blocks.map(({ block, channels, maps }) => [block, channels, maps.side])).toContainEqual(['condition1', 2, 7]);
    expect(bench.spawned).toHaveLength(1);
  });

  it('cancels a walk within a step, also before its turn, and goes on answering', async () => {
    const run = await bench.runOf(recipe);
    const [running, waiting] = [await walk(run), await walk(run)];
    await bench.eventOf('playground.frame', running.job);
    plays.cancel(waiting.job);
    expect(bench.told('playground.ended', waiting.job)).toEqual([{ job: waiting.job, status: 'cancelled' }]);
    plays.cancel(running.job);
    expect(await bench.eventOf('playground.ended', running.job)).toEqual({ job: running.job, status: 'cancelled' });
    expect(bench.told('playground.frame', running.job).length).toBeLessThan(101);
    expect((await look(run)).seen).toHaveLength(784);
  });

  it('fails with its process, says so, and has another one for the next question', async () => {
    const run = await bench.runOf(recipe);
    const { job } = await walk(run, { kind: 'between', from: 1, to: 2, count: 20 });
    await vi.waitFor(() => expect(bench.spawned).toHaveLength(1), { timeout: 10_000 });
    process.kill(bench.spawned[0]!.pid!, 'SIGKILL');
    const { status, error } = await bench.eventOf('playground.ended', job);
    expect([status, error?.message]).toEqual(['failed', 'The playground’s process died in the middle of its work.']);
    expect((await look(run)).seen).toHaveLength(784);
    expect(bench.spawned).toHaveLength(2);
  });

  it('says what can not be asked, before anything starts', async () => {
    const run = await bench.runOf(recipe);
    const denoiser = await bench.runOf(parseRecipe({ width: 1 }));
    await expect(look(run, { epoch: 3 })).rejects.toThrow('has no checkpoint of epoch 3');
    await expect(look(run, { weights: 'ema' })).rejects.toThrow('keeps no running average');
    await expect(inspect(run, { epoch: 3 })).rejects.toThrow('has no checkpoint of epoch 3');
    await expect(inspect(denoiser, { instead: { t: 0.5 } })).rejects.toThrow('is told nothing beside the image');
    await expect(walk(denoiser)).rejects.toThrow('no way from noise');
    expect(bench.spawned).toEqual([]);
  });
});
