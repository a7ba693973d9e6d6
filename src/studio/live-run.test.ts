import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { followRun, type LiveRun } from './live-run.ts';

const recipe = { ...presetRecipe('denoiser', 'quick'), subset: 640, batchSize: 64, epochs: 2 }; // 10 steps an epoch
const line = (step: number): string =>
  `${JSON.stringify({ step, epoch: Math.ceil(step / 10), loss: 1 / step, learningRate: 1, seconds: 0 })}\n`;
const lines = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('');

let folder: string;
let file: string;
let clock: number;
let live: LiveRun;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'live-'));
  file = join(folder, 'metrics.jsonl');
  clock = 0;
  live = followRun(file, recipe, () => clock);
});
afterEach(() => rm(folder, { recursive: true }));

describe('followRun', () => {
  it('has nothing to say of a run before its first step', async () => {
    expect(await live.poll()).toMatchObject({ cut: undefined });
    expect(live.reading).toBeUndefined();
  });

  it('gives new steps once, with speed and time left', async () => {
    await live.poll();
    for (const step of [1, 2, 3, 4]) {
      await appendFile(file, line(step));
      clock += 0.5;
      expect([...(await live.poll()).columns.steps]).toEqual([step]);
    }
    expect(live.secondsPerStep).toBe(0.5);
    expect(live.reading).toMatchObject({ step: 4, epoch: 1, imagesPerSecond: 128 });
    expect(live.reading!.loss).toBeCloseTo((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4);
    expect(live.reading!.secondsLeft).toBeGreaterThan(8);
  });

  it('restates a run that has trained before, and one that was cut back', async () => {
    await writeFile(file, lines(1, 12));
    const first = await live.poll();
    expect([first.cut, first.columns.steps.length]).toEqual([0, 12]);
    await writeFile(file, lines(1, 10));
    await appendFile(file, lines(11, 13).replaceAll('"seconds":0', '"seconds":9'));
    const second = await live.poll();
    expect([second.cut, second.columns.steps.length]).toEqual([0, 13]);
    clock += 1;
    await appendFile(file, line(14));
    expect(await live.poll()).toMatchObject({ cut: undefined });
    expect(live.reading).toMatchObject({ step: 14, epoch: 2 });
  });
});
