import { describe, expect, it } from 'vitest';
import { presetRecipe, type Part } from '#contract/preset.ts';
import { recipeFields, type RecipeField } from '#contract/recipe.ts';
import { formOf } from './recipe-form.ts';

const fieldsOf = (part: Part, change: Partial<ReturnType<typeof presetRecipe>> = {}): RecipeField[] => {
  const { fields, more } = formOf(part, { ...presetRecipe(part, 'assigned'), ...change });
  return [...fields, ...more].map(({ field }) => field);
};

describe('the form of a recipe', () => {
  it('has every field that has an effect, and the network for every part', () => {
    expect(fieldsOf('denoiser')).toEqual(expect.arrayContaining(['sigma', 'width', 'model']));
    expect(fieldsOf('time')).toEqual(expect.arrayContaining(['timesteps', 'schedule', 'model']));
    expect(fieldsOf('flow')).toEqual(expect.arrayContaining(['timeSampling', 'conditioning', 'model']));
    for (const field of ['schedule', 'timeSampling', 'conditioning', 'dropClass'] as const)
      expect(fieldsOf('denoiser')).not.toContain(field);
    expect(fieldsOf('flow')).not.toContain('schedule');
  });
  it('asks for the class dropout of a flow once it is told the class', () => {
    expect(fieldsOf('flow')).not.toContain('dropClass');
    expect(fieldsOf('flow', { conditioning: 'class' })).toContain('dropClass');
  });
  it('leaves to the part what makes the part, and to the device fields what is theirs', () => {
    const inSomeForm = new Set((['denoiser', 'time', 'class', 'flow'] as const).flatMap((part) => fieldsOf(part)));
    expect((Object.keys(recipeFields) as RecipeField[]).filter((field) => !inSomeForm.has(field))).toEqual([
      'objective',
      'device',
      'precision',
    ]);
  });
});
