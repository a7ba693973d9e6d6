import { describe, expect, it } from 'vitest';
import { StudioError } from '#contract/error.ts';
import { defaultRecipe } from '#contract/recipe.ts';
import { checkCall } from './check-input.ts';

const problem = (name: string, input?: unknown): string => {
  try {
    checkCall(name, input);
  } catch (error) {
    if (error instanceof StudioError && error.code === 'bad-input') return error.message;
    throw error;
  }
  throw new Error('was taken');
};

describe('checkCall', () => {
  it('takes what the contract has', () => {
    expect(checkCall('runs.list', undefined)).toEqual({ name: 'runs.list', input: undefined });
    expect(checkCall('runs.create', { recipe: { width: 8 } }).input).toEqual({ recipe: { ...defaultRecipe, width: 8 } });
  });

  it('leaves settings alone that are not named', () => {
    expect(checkCall('settings.set', { theme: 'dark' }).input).toEqual({ theme: 'dark' });
  });

  it('names the call, the field and the value', () => {
    expect(problem('runs.rename', { id: 'a', name: '' })).toMatch(/^runs\.rename: name is "": Too small/);
    expect(problem('runs.get', { id: '../../etc' })).toMatch(/^runs\.get: id is "\.\.\/\.\.\/etc": /);
    expect(problem('runs.get')).toMatch(/^runs\.get: the input is missing: /);
    expect(problem('settings.set', { threads: 1e9 })).toMatch(/^settings\.set: threads is 1000000000: /);
    expect(problem('figures.render', { request: { figure: 'cake' }, format: 'svg', scale: 1 })).toMatch(
      /request\.figure is "cake": /,
    );
  });

  it('names all problems of a recipe', () => {
    const message = problem('runs.create', { recipe: { width: 0, colour: 'red' } });
    expect(message).toContain('width is 0; it must be a whole number from 1 to 512');
    expect(message).toContain('colour is not a field of a recipe');
  });

  it.each(['runs.explode', '__proto__', 'constructor', ''])('has no call %j', (name) => {
    expect(problem(name)).toBe(`There is no call ${JSON.stringify(name)}.`);
  });

  it('keeps a long value short', () => {
    expect(problem('runs.get', { id: 'x'.repeat(1000) }).length).toBeLessThan(250);
  });
});
