import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultRecipe } from '#contract/recipe.ts';
import { samplingOptionsSchema, samplingPlan } from '#contract/sampling.ts';
import { scoredPlan, type Score } from '#contract/score.ts';
import { readScores, writeScore } from './scores.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'scores-'));
});
afterEach(() => rm(run, { recursive: true }));

const recipe = { ...defaultRecipe, objective: 'ddpm', conditioning: 'class' } as const;
const scoreOf = (epoch: number, accuracy: number, options: object = {}): Score => {
  const plan = scoredPlan(samplingPlan(recipe, samplingOptionsSchema.parse(options)));
  return { epoch, plan, accuracy, frechet: 3, real: { accuracy: 0.99, frechet: 1 }, device: 'onnx-cpu, float32', scoredAt: 1 };
};

describe('the scores of a run', () => {
  it('are none before the first', async () => {
    expect(await readScores(run)).toEqual([]);
  });

  it('stand in order of their epochs', async () => {
    await writeScore(run, scoreOf(5, 0.9));
    await writeScore(run, scoreOf(1, 0.5));
    expect((await readScores(run)).map(({ epoch }) => epoch)).toEqual([1, 5]);
    expect(await readdir(run)).toEqual(['scores.json']);
  });

  it('take the place of those that were sampled alike, and of no others', async () => {
    await writeScore(run, scoreOf(5, 0.9));
    await writeScore(run, scoreOf(5, 0.7, { guidance: 0 }));
    await writeScore(run, scoreOf(5, 0.95));
    expect((await readScores(run)).map(({ accuracy }) => accuracy)).toEqual([0.7, 0.95]);
  });

  it('that are damaged are told by file, and not written over', async () => {
    await writeFile(join(run, 'scores.json'), '{"format": 1, "scores": [{');
    await expect(readScores(run)).rejects.toThrow('scores.json is damaged');
    await expect(writeScore(run, scoreOf(1, 1))).rejects.toThrow('scores.json is damaged');
  });
});
