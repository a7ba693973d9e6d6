import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRecipe, type Recipe } from '#contract/recipe.ts';
import { scoringRequestSchema } from '#contract/sampling.ts';
import { scoredPlan } from '#contract/score.ts';
import type { EventName, EventPayload } from '#contract/studio.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { epochCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { readScores } from '#library/scores.ts';
import { createScorings, type Scorings } from './scorings.ts';
import { forkTrainer, type TrainerChannel } from './trainer-channel.ts';

const entry = join(import.meta.dirname, '../trainer/main.ts');
const recipe = parseRecipe({ objective: 'ddpm', conditioning: 'class', width: 1, timesteps: 3, device: 'onnx-cpu' });

let folder: string;
let library: Library;
let scorings: Scorings;
let spawned: TrainerChannel[];
let resolved: object[];
let events: { name: EventName; payload: unknown }[];
let watchers: Set<() => void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scorings-'));
  library = await openLibrary(folder);
  [spawned, resolved, events, watchers] = [[], [], [], new Set()];
  scorings = createScorings({
    library,
    spawn: (environment) => {
      const channel = forkTrainer(entry, environment);
      spawned.push(channel);
      return channel;
    },
    devices: {
      resolve: (asked) => {
        resolved.push(asked);
        return Promise.resolve({ device: 'onnx-cpu', precision: 'float32', threads: 0 });
      },
    },
    emit: (name, payload) => {
      events.push({ name, payload });
      for (const look of [...watchers]) look();
    },
  });
});
afterEach(async () => {
  await scorings.close();
  await rm(folder, { recursive: true });
});

async function runOf(of: Recipe): Promise<string> {
  const { id } = await library.runs.create({ recipe: { ...of, precision: 'float32' }, name: undefined });
  for (const epoch of [1, 2]) {
    const file = epochCheckpoint(library.runs.folder(id), epoch);
    await writeCheckpoint(file, { recipe: of, epoch, step: epoch, tensors: initialState(of, epoch) });
  }
  return id;
}
const request = (run: string, options: object = {}) => scoringRequestSchema.parse({ run, count: 20, ...options });
function eventOf<K extends EventName>(name: K, job: number): Promise<EventPayload<K>> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = events.find((e) => e.name === name && (e.payload as { job: number }).job === job);
      if (found === undefined) return;
      watchers.delete(look);
      resolve(found.payload as EventPayload<K>);
    };
    watchers.add(look);
    look();
  });
}

describe('a scoring', { timeout: 120_000 }, () => {
  it('keeps with the run what the judge says of its checkpoints, and tells how far it is', async () => {
    const run = await runOf(recipe);
    const { job, epochs, plan } = await scorings.start(request(run, { seed: 4 }));
    expect([epochs, plan.count, plan.seed]).toEqual([[1, 2], 20, 4]);
    expect(await eventOf('scoring.ended', job)).toEqual({ job, run, status: 'done' });
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
    expect(resolved).toEqual([{ device: 'auto', precision: 'float32' }]);
    const steps = events.flatMap(({ name, payload }) =>
      name === 'scoring.progress' ? [(payload as EventPayload<'scoring.progress'>).step] : [],
    );
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.at(-1)).toBe(6);
  });

  it('ends within a step when it is cancelled, also before its turn, and the next one is scored', async () => {
    const run = await runOf({ ...recipe, timesteps: 4000 });
    const [first, second] = [await scorings.start(request(run)), await scorings.start(request(run))];
    scorings.cancel(second.job);
    expect(await eventOf('scoring.ended', second.job)).toMatchObject({ status: 'cancelled' });
    await vi.waitFor(() => expect(spawned).toHaveLength(1), { timeout: 10_000 });
    scorings.cancel(first.job);
    expect(await eventOf('scoring.ended', first.job)).toMatchObject({ status: 'cancelled' });
    expect(await readScores(library.runs.folder(run))).toEqual([]);
  });

  it('fails with the process, and says so', async () => {
    const run = await runOf({ ...recipe, timesteps: 4000 });
    const { job } = await scorings.start(request(run));
    await vi.waitFor(() => expect(spawned).toHaveLength(1), { timeout: 10_000 });
    spawned[0]!.kill();
    expect(await eventOf('scoring.ended', job)).toMatchObject({ status: 'failed', error: { code: 'trainer' } });
  });

  it('is refused where there is nothing to score', async () => {
    const run = await runOf(recipe);
    const denoiser = await library.runs.create({ recipe: parseRecipe({}), name: undefined });
    await expect(scorings.start(request(denoiser.id))).rejects.toThrow('has no samples');
    await expect(scorings.start(request(run, { epoch: 3 }))).rejects.toThrow('no checkpoint of epoch 3');
    await expect(scorings.start(request(run, { count: 1 }))).rejects.toThrow('2 images or more');
    expect(spawned).toEqual([]);
  });
});
