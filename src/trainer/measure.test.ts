import { describe, expect, it } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import { openReferenceExecutor } from '#engine/executors/reference/executor.ts';
import { measureStep } from './measure.ts';

const executor = openReferenceExecutor();
const recipe = parseRecipe({ width: 1, batchSize: 32, subset: 1000 });

describe('measureStep', () => {
  it('times a full batch, or scales a smaller one where that would take long', async () => {
    const one = await measureStep(executor, recipe, () => false);
    expect(one).toBeGreaterThan(0);
    const start = performance.now();
    const many = await measureStep(executor, { ...recipe, batchSize: 60_000, subset: 60_000 }, () => false);
    expect(performance.now() - start).toBeLessThan(many * 1000);
    // within what a busy machine and a warming engine do to two timings
    expect(many / one / (60_000 / 32)).toBeGreaterThan(0.2);
    expect(many / one / (60_000 / 32)).toBeLessThan(5);
  });

  it('stops between two steps', async () => {
    let looks = 0;
    await expect(measureStep(executor, recipe, () => ++looks === 2)).rejects.toMatchObject({ code: 'state' });
    expect(looks).toBe(2);
  });
});
