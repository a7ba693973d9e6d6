import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import { scoringRequestSchema } from '#contract/sampling.ts';
import { scoredPlan } from '#contract/score.ts';
import type { Library } from '#library/library.ts';
import { readScores } from '#library/scores.ts';
import { createScorings, type Scorings } from './scorings.ts';
import { openJobBench, type JobBench } from './testing/job-bench.ts';

const recipe = parseRecipe({
  objective: 'ddpm',
  conditioning: 'class',
  width: 1,
  timesteps: 3,
  device: 'onnx-cpu',
  precision: 'float32',
});

let bench: JobBench;
let library: Library;
let scorings: Scorings;
beforeEach(async () => {
  bench = await openJobBench();
  library = bench.library;
  scorings = createScorings(bench);
});
afterEach(async () => {
  await scorings.close();
  await bench.remove();
});

const request = (run: string, options: object = {}) => scoringRequestSchema.parse({ run, count: 20, ...options });

describe('a scoring', { timeout: 120_000 }, () => {
  it('keeps with the run what the judge says of its checkpoints, and tells how far it is', async () => {
    const run = await bench.runOf(recipe);
    const { job, epochs, plan } = await scorings.start(request(run, { seed: 4 }));
    expect([epochs, plan.count, plan.seed]).toEqual([[1, 2], 20, 4]);
    expect(await bench.eventOf('scoring.ended', job)).toEqual({ job, run, status: 'done' });
    const scores = await readScores(library.runs.folder(run));
    for (const score of scores) expect(score).toMatchObject({ plan: scoredPlan(plan), device: 'onnx-cpu, float32' });
    expect(scores.map(({ epoch }) => epoch)).toEqual([1, 2]);
    // of two networks that have learnt nothing, and of digits
    const distances = scores.map(({ frechet, real }) => [frechet > 5 * real.frechet, real.accuracy > 0.9]);
    expect(distances).toEqual([
      [true, true],
      [true, true],
    ]);
    // on what the command line would take
    expect(bench.resolved).toEqual([{ device: 'auto', precision: 'float32' }]);
    const steps = bench.told('scoring.progress', job).map(({ step }) => step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.at(-1)).toBe(6);
    // each score is told of when it is there, not at the end: the second network's steps come after the first's
    const names = bench.events.map(({ name }) => name);
    expect(bench.told('scoring.scored', job).map(({ run: of, epoch }) => [of, epoch])).toEqual([
      [run, 1],
      [run, 2],
    ]);
    expect(names.indexOf('scoring.scored')).toBeLessThan(names.lastIndexOf('scoring.progress'));
  });

  it('ends within a step when it is cancelled, also before its turn, and the next one is scored', async () => {
    const run = await bench.runOf({ ...recipe, timesteps: 4000 });
    const [first, second] = [await scorings.start(request(run)), await scorings.start(request(run))];
    scorings.cancel(second.job);
    expect(await bench.eventOf('scoring.ended', second.job)).toMatchObject({ status: 'cancelled' });
    await vi.waitFor(() => expect(bench.spawned).toHaveLength(1), { timeout: 10_000 });
    scorings.cancel(first.job);
    expect(await bench.eventOf('scoring.ended', first.job)).toMatchObject({ status: 'cancelled' });
    expect(await readScores(library.runs.folder(run))).toEqual([]);
  });

  it('fails with the process, and says so', async () => {
    const run = await bench.runOf({ ...recipe, timesteps: 4000 });
    const { job } = await scorings.start(request(run));
    await vi.waitFor(() => expect(bench.spawned).toHaveLength(1), { timeout: 10_000 });
    bench.spawned[0]!.kill();
    expect(await bench.eventOf('scoring.ended', job)).toMatchObject({ status: 'failed', error: { code: 'trainer' } });
  });

  it('is refused where there is nothing to score', async () => {
    const run = await bench.runOf(recipe);
    const denoiser = await library.runs.create({ recipe: parseRecipe({}), name: undefined });
    await expect(scorings.start(request(denoiser.id))).rejects.toThrow('has no samples');
    await expect(scorings.start(request(run, { epoch: 3 }))).rejects.toThrow('no checkpoint of epoch 3');
    await expect(scorings.start(request(run, { count: 1 }))).rejects.toThrow('2 images or more');
    expect(bench.spawned).toEqual([]);
  });
});
