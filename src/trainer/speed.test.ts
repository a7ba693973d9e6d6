import { describe, expect, it } from 'vitest';
import { defaultRecipe, type Recipe } from '#contract/recipe.ts';
import { createSpeedometer, wholeRunSeconds } from './speed.ts';

const recipe: Recipe = { ...defaultRecipe, batchSize: 50, subset: 1000, epochs: 3 }; // 20 steps an epoch, 60 in all

describe('a speedometer', () => {
  it('needs two steps', () => {
    const meter = createSpeedometer(recipe);
    expect(meter.read()).toBeUndefined();
    meter.add(1, 0.5);
    expect(meter.read()).toBeUndefined();
    meter.add(2, 1);
    expect(meter.read()).toMatchObject({ secondsPerStep: 0.5, imagesPerSecond: 100 });
  });

  it('is not bent by the slow first step or a hiccup', () => {
    const meter = createSpeedometer(recipe);
    [4, 5, 6, 7, 15, 16, 17].forEach((seconds, i) => meter.add(i + 1, seconds));
    expect(meter.read()!.secondsPerStep).toBe(1);
  });

  it('follows a change of speed', () => {
    const meter = createSpeedometer(recipe);
    let seconds = 0;
    for (let step = 1; step <= 40; step++) meter.add(step, (seconds += step <= 10 ? 2 : 1));
    expect(meter.read()!.secondsPerStep).toBe(1);
  });

  it('counts what the end of an epoch costs, once it was seen', () => {
    const meter = createSpeedometer(recipe);
    let seconds = 0;
    for (let step = 1; step <= 20; step++) meter.add(step, (seconds += 1));
    const guessed = 3 - 1; // two ends of epochs left beside this one's, which is not over yet
    expect(meter.read()!.secondsLeft).toBeCloseTo(40 + guessed * (1000 / 3 / 50));
    meter.add(21, (seconds += 1 + 5));
    expect(meter.read()!.secondsLeft).toBeCloseTo(39 + 2 * 5);
  });

  it('counts the grid of samples at the end of each epoch, by what one took', () => {
    const ddpm: Recipe = { ...recipe, objective: 'ddpm', conditioning: 'time', epochs: 3 };
    // all T steps after the first and the last epoch, 50 after the second
    const [full, quick] = [1000 + 40 * 300, 1000 + 40 * 50];
    expect(wholeRunSeconds(ddpm, 1)).toBeCloseTo(60 + (2 * full + quick) / 3 / 50);
    const meter = createSpeedometer(ddpm);
    let seconds = 0;
    for (let step = 1; step <= 20; step++) meter.add(step, (seconds += 1));
    meter.add(21, (seconds += 1 + full / 1000));
    expect(meter.read()!.secondsLeft).toBeCloseTo(39 + (quick + full) / 1000);
    // classifier-free guidance asks twice, in part
    const guided = wholeRunSeconds({ ...ddpm, conditioning: 'class' }, 1) - 60;
    expect(guided / (wholeRunSeconds(ddpm, 1) - 60)).toBeGreaterThan(1.5);
  });

  it('starts over when a run was cut back', () => {
    const meter = createSpeedometer(recipe);
    for (let step = 1; step <= 10; step++) meter.add(step, step);
    meter.add(5, 5);
    expect(meter.read()).toBeUndefined();
    meter.add(6, 7);
    expect(meter.read()!.secondsPerStep).toBe(2);
  });

  it('reads steps that were seen in bursts', () => {
    const meter = createSpeedometer(recipe);
    for (let step = 3; step <= 19; step += 4) meter.add(step, step / 10);
    expect(meter.read()!.secondsPerStep).toBeCloseTo(0.1);
    meter.add(23, 2.3 + 7); // the end of an epoch lies in between
    expect(meter.read()!.secondsLeft).toBeCloseTo(37 * 0.1 + 2 * 7);
  });
});
