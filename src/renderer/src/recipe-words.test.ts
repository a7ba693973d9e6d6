import { expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { differencesInWords, recipeInWords } from './recipe-words.ts';

const assigned = presetRecipe('denoiser', 'assigned');

it('names a preset, whatever its seed', () => {
  expect(recipeInWords({ ...assigned, seed: 1 })).toBe('as assigned');
  expect(recipeInWords(presetRecipe('denoiser', 'quick'))).toBe('quick look');
});
it('says what is different from the assignment', () => {
  const recipe = { ...assigned, width: 32, epochs: 1, learningRate: 1e-3, subset: 20_000 };
  expect(recipeInWords(recipe)).toBe('D = 32, 1 epoch, rate 0.001, 20,000 digits');
  expect(differencesInWords(assigned)).toBe('');
});
