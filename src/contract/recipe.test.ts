import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from './error.ts';
import { differencesFromAssigned, partOf, parts, presetOf, presetRecipe } from './preset.ts';
import {
  allowedRange,
  defaultRecipe,
  parseRecipe,
  recipeFields,
  recipeProblems,
  recipeSchema,
  stepsPerEpoch,
  totalSteps,
  type RecipeField,
} from './recipe.ts';

describe('a recipe', () => {
  it('defaults to part 1 as assigned', () => {
    expect(parseRecipe({})).toEqual(presetRecipe('denoiser', 'assigned'));
    expect(defaultRecipe).toMatchObject({
      objective: 'denoise',
      sigma: 0.5,
      width: 128,
      batchSize: 256,
      epochs: 5,
      learningRate: 1e-4,
    });
  });

  it.each([
    ['width', 0, 'width is 0; it must be a whole number from 1 to 512'],
    ['width', 32.5, 'width is 32.5; it must be a whole number from 1 to 512'],
    ['learningRate', 0, 'learningRate is 0; it must be a number above 0, at most 1'],
    ['sigma', Number.NaN, 'sigma is null; it must be a number from 0 to 4'],
    ['epochs', '5', 'epochs is "5"; it must be a whole number from 1 to 1000'],
    ['device', 'abacus', 'device is "abacus"; it must be one of auto, '],
  ])('refuses %s = %s with the field, the value and the allowed range', (field, value, message) => {
    expect(recipeProblems({ [field]: value })).toEqual([expect.stringContaining(message)]);
    expect(() => parseRecipe({ [field]: value })).toThrow(StudioError);
  });

  it('names every problem at once, unknown fields too', () => {
    const problems = recipeProblems({ width: -1, epochs: 0, hight: 3 });
    expect(problems).toHaveLength(3);
    expect(problems.join()).toContain('hight is not a field');
  });

  it.each([null, 3, 'recipe', []])('refuses %j as a whole', (value) => {
    expect(recipeProblems(value)).toEqual(['a recipe must be an object']);
  });

  it('refuses fields that contradict each other', () => {
    expect(recipeProblems({ objective: 'denoise', conditioning: 'time' })).toHaveLength(1);
    expect(recipeProblems({ objective: 'ddpm' })).toHaveLength(1);
    expect(recipeProblems({ objective: 'ddpm', conditioning: 'class' })).toEqual([]);
  });

  it('accepts exactly the numbers in its range', () => {
    const numbers = (Object.keys(recipeFields) as RecipeField[]).filter((f) => recipeFields[f].kind === 'number');
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.double(), (field, value) => {
        const f = recipeFields[field];
        if (f.kind !== 'number') return;
        const above = 'exclusiveMin' in f ? value > f.min : value >= f.min;
        const fits = above && value <= f.max && (!f.integer || Number.isInteger(value));
        expect(recipeProblems({ [field]: value }).length === 0).toBe(fits);
      }),
    );
  });

  it('is the same through its schema', () => {
    expect(recipeSchema.parse({ width: 16 })).toEqual({ ...defaultRecipe, width: 16 });
    const result = recipeSchema.safeParse({ width: 16.5 });
    expect(result.error?.issues[0]?.message).toContain(allowedRange('width'));
  });

  it('trains the last, smaller batch of an epoch too', () => {
    expect(stepsPerEpoch({ subset: 60_000, batchSize: 256 })).toBe(235);
    expect(totalSteps({ subset: 60_000, batchSize: 256, epochs: 5 })).toBe(1175);
    expect(stepsPerEpoch({ subset: 512, batchSize: 256 })).toBe(2);
  });
});

describe('the assignment', () => {
  it('is met by another seed and device, not by another width', () => {
    const assigned = presetRecipe('denoiser', 'assigned');
    expect(differencesFromAssigned('denoiser', { ...assigned, seed: 1, device: 'onnx-cpu' })).toEqual([]);
    expect(differencesFromAssigned('denoiser', { ...assigned, width: 64, epochs: 4 })).toEqual(['width', 'epochs']);
    expect(differencesFromAssigned('denoiser', presetRecipe('denoiser', 'quick'))).toContain('width');
  });

  it('asks in part 2 for what the reference says', () => {
    const ddpm = { objective: 'ddpm', width: 64, batchSize: 128, epochs: 20, learningRate: 1e-3, learningRateDecay: 0.1 };
    expect(presetRecipe('time', 'assigned')).toMatchObject({ ...ddpm, conditioning: 'time', timesteps: 300, schedule: 'linear' });
    expect(presetRecipe('class', 'assigned')).toMatchObject({ ...ddpm, conditioning: 'class', dropClass: 0.1 });
    const flow = { objective: 'flow', width: 64, batchSize: 64, epochs: 10, learningRate: 1e-2, learningRateDecay: 0.1 };
    expect(presetRecipe('flow', 'assigned')).toMatchObject({ ...flow, conditioning: 'time', timeSampling: 'uniform' });
  });

  it.each(parts)('has presets for %s that are valid, and are known as its own', (part) => {
    for (const preset of ['assigned', 'quick'] as const) {
      const recipe = presetRecipe(part, preset);
      expect(recipeProblems(recipe)).toEqual([]);
      expect(partOf(recipe)).toBe(part);
      expect(presetOf(part, recipe)?.id).toBe(preset);
    }
  });

  it('is met whatever stands in a field that has no effect', () => {
    const time = presetRecipe('time', 'assigned');
    expect(differencesFromAssigned('time', { ...time, sigma: 1, dropClass: 0, timeSampling: 'logit-normal' })).toEqual([]);
    expect(differencesFromAssigned('time', { ...time, schedule: 'cosine', ema: 0.9 })).toEqual(['schedule', 'ema']);
    // the later editions ask for both
    expect(differencesFromAssigned('flow', { ...presetRecipe('flow', 'assigned'), conditioning: 'class' })).toEqual([]);
  });
});
