import { describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import { StudioError } from '#contract/error.ts';
import type { Command } from '#trainer/messages.ts';
import { createEstimator, type TrainingNow } from './estimate.ts';
import type { TrainerProcess } from './trainer-process.ts';

const quick = presetRecipe('denoiser', 'quick');
const assigned = presetRecipe('denoiser', 'assigned');

/** A process that answers when it is told to. */
function process() {
  const asked: { recipe: Recipe; answer: PromiseWithResolvers<unknown>; commands: Command[] }[] = [];
  const trainer = {
    start: ({ recipe }: { recipe: Recipe }) => {
      const answer = Promise.withResolvers<unknown>();
      const commands: Command[] = [];
      asked.push({ recipe, answer, commands });
      return { result: answer.promise, command: (c: Command) => void commands.push(c) };
    },
  } as unknown as TrainerProcess;
  const say = (secondsPerStep: number): void =>
    asked.at(-1)!.answer.resolve({ kind: 'measure', measurement: { device: 'onnx-cpu', precision: 'float32', secondsPerStep } });
  return { trainer, asked, say };
}
const devices = {
  resolve: ({ precision }: Recipe) =>
    Promise.resolve({ device: 'onnx-cpu', precision: precision === 'auto' ? 'float32' : precision, threads: 0 } as const),
};
const now = (recipe: Recipe, secondsPerStep: number | undefined): TrainingNow => ({
  run: { name: 'First', recipe, resolved: { device: 'onnx-cpu', precision: 'float32', threads: 2, engine: '', processor: '' } },
  secondsPerStep,
});

describe('an estimate', () => {
  it('is measured once for recipes that cost the same a step', async () => {
    const { trainer, asked, say } = process();
    const estimator = createEstimator(trainer, () => undefined, devices);
    const first = estimator.measure(quick);
    await expect.poll(() => asked.length).toBe(1);
    say(0.1);
    const { seconds, ...rest } = await first;
    expect(rest).toEqual({ device: 'onnx-cpu', precision: 'float32', secondsPerStep: 0.1, basis: 'measured' });
    // 20,000 digits in batches of 64, five times, and the test digits after each
    expect(seconds).toBeCloseTo(5 * (20_000 / 64 + 1000 / 3 / 64) * 0.1);
    const again = await estimator.measure({ ...quick, epochs: 10, seed: 1 });
    expect(again.seconds).toBeCloseTo(2 * seconds);
    expect(asked).toHaveLength(1);
  });

  it('scales the speed of the run that trains, and measures nothing then', async () => {
    const { trainer, asked } = process();
    const estimator = createEstimator(trainer, () => now(quick, 0.1), devices);
    const same = await estimator.measure(quick);
    expect(same).toMatchObject({ basis: 'live', device: 'onnx-cpu', secondsPerStep: 0.1 });
    const full = await estimator.measure(assigned);
    // eight times the width, four times the batch
    expect(full.secondsPerStep / same.secondsPerStep).toBeGreaterThan(4 * 60);
    expect(full.secondsPerStep / same.secondsPerStep).toBeLessThan(4 * 64);
    expect(asked).toHaveLength(0);
  });

  it('waits for the speed of a run that has just begun', async () => {
    let training: TrainingNow | undefined = now(quick, undefined);
    const estimator = createEstimator(process().trainer, () => training, devices);
    const estimate = estimator.measure(quick);
    training = now(quick, 0.2);
    expect(await estimate).toMatchObject({ basis: 'live', secondsPerStep: 0.2 });
  });

  it('refuses to guess for a device that is not the one in use', async () => {
    const estimator = createEstimator(process().trainer, () => now(quick, 0.1), devices);
    await expect(estimator.measure({ ...quick, device: 'reference' })).rejects.toMatchObject({ code: 'busy' });
  });

  it('refuses to guess for a precision that is not the one in use', async () => {
    const estimator = createEstimator(process().trainer, () => now(quick, 0.1), devices);
    expect(await estimator.measure({ ...quick, precision: 'float32' })).toMatchObject({ precision: 'float32' });
    await expect(estimator.measure({ ...quick, precision: 'bfloat16' })).rejects.toMatchObject({ code: 'busy' });
  });

  it('measures again for another precision', async () => {
    const { trainer, asked, say } = process();
    const estimator = createEstimator(trainer, () => undefined, devices);
    for (const precision of ['float32', 'bfloat16'] as const) {
      const estimate = estimator.measure({ ...quick, precision });
      await expect.poll(() => asked.length).toBe(precision === 'float32' ? 1 : 2);
      say(0.1);
      await estimate;
    }
  });

  it('is cancelled by the next one', async () => {
    const { trainer, asked, say } = process();
    const estimator = createEstimator(trainer, () => undefined, devices);
    const first = estimator.measure(quick);
    await expect.poll(() => asked.length).toBe(1);
    const second = estimator.measure(assigned);
    await expect.poll(() => asked.length).toBe(2);
    expect(asked.map(({ commands }) => commands)).toEqual([['cancel'], []]);
    asked[0]!.answer.reject(new StudioError('state', 'The measurement was cancelled.', ''));
    await expect(first).rejects.toMatchObject({ code: 'state' });
    say(5);
    expect((await second).secondsPerStep).toBe(5);
  });
});
