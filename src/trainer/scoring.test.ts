import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultRecipe, type Recipe } from '#contract/recipe.ts';
import { samplingOptionsSchema, samplingPlan } from '#contract/sampling.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { openScorer } from '#engine/scoring/scorer.ts';
import { loadMnist } from '#library/mnist.ts';
import { openJudge, scorerWeights } from './scoring.ts';

const executor = await openExecutor('onnx-cpu', { threads: 1 });
// reads the whole test split, which takes seconds
const judge = await openJudge(executor);
afterAll(() => judge.dispose());

describe("the scorer's weights", () => {
  it('read 99.5 % of the test digits right', { timeout: 60_000 }, async () => {
    const { images, labels } = await loadMnist('test');
    const scorer = await openScorer(executor, await scorerWeights());
    const { digits } = await scorer.read(Float32Array.from(images, (v) => v / 255));
    await scorer.dispose();
    expect(digits.filter((digit, i) => digit === labels[i]).length).toBeGreaterThanOrEqual(9950);
  });

  it('are refused when the file is another one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scorer-'));
    const file = join(folder, 'scorer.safetensors');
    await writeFile(file, 'x');
    await expect(scorerWeights(file)).rejects.toThrow(`${file} is not the digit scorer's file`);
    await rm(folder, { recursive: true });
  });
});

describe('a score', () => {
  const recipe: Recipe = { ...defaultRecipe, objective: 'ddpm', conditioning: 'class', width: 1, timesteps: 4 };
  const network = { recipe, tensors: initialState(recipe, 1) };
  const plan = (options: object) => samplingPlan(recipe, samplingOptionsSchema.parse({ count: 50, ...options }));

  it('tells samples of an untrained network from real digits, and repeats itself', { timeout: 60_000 }, async () => {
    const first = await judge.score(network, plan({}));
    expect(first.real.accuracy).toBeGreaterThanOrEqual(0.96);
    expect(first.accuracy).toBeLessThan(0.4);
    expect(first.frechet).toBeGreaterThan(5 * first.real.frechet);
    expect(await judge.score(network, plan({}))).toEqual(first);
    const time: Recipe = { ...recipe, conditioning: 'time' };
    const untold = { ...plan({}), labels: null };
    expect((await judge.score({ recipe: time, tensors: initialState(time, 1) }, untold)).accuracy).toBeNull();
  });

  it('ends where it is asked to', async () => {
    let calls = 0;
    const pause = () => {
      if (++calls === 3) throw new Error('enough');
    };
    await expect(judge.score(network, plan({}), pause)).rejects.toThrow('enough');
    expect(calls).toBe(3);
  });
});
