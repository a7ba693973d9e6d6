import { describe, expect, it } from 'vitest';
import { defaultRecipe } from '#contract/recipe.ts';
import { recipeWith } from './set-option.ts';

const problemsOf = (...assignments: string[]): string => {
  try {
    recipeWith(defaultRecipe, assignments);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was taken');
};

describe('recipeWith', () => {
  it('sets numbers and choices, the later of two winning', () => {
    const recipe = recipeWith(defaultRecipe, ['width=32', 'learningRate=1e-3', 'device=reference', 'width=16', 'sigma = 0.25']);
    expect(recipe).toEqual({ ...defaultRecipe, width: 16, learningRate: 1e-3, device: 'reference', sigma: 0.25 });
  });

  it('names all problems at once, each with its value and what is allowed', () => {
    const message = problemsOf('width=0', 'epochs=2.5', 'colour=red', 'seed', 'device=gpu', 'batchSize=');
    expect(message).toContain('width is 0; it must be a whole number from 1 to 512');
    expect(message).toContain('epochs is 2.5; it must be a whole number from 1 to 1000');
    expect(message).toContain('colour is not a field of a recipe; the fields are objective,');
    expect(message).toContain('--set seed is not of the form field=value');
    expect(message).toContain('device is "gpu"; it must be one of auto,');
    expect(message).toContain('batchSize is ""; it must be a whole number');
  });

  it('keeps text that is no number as it was typed', () => {
    expect(problemsOf('width=abc')).toContain('width is "abc"');
  });
});
