import { describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { diffRecipes } from './recipe-diff.ts';

const class_ = presetRecipe('class', 'assigned');

describe('the difference of recipes', () => {
  it('marks what is not as most have it', () => {
    const { different, equal } = diffRecipes([class_, { ...class_, width: 32 }, { ...class_, batchSize: 64 }]);
    expect(different.map(({ label, values, odd }) => ({ label, values, odd }))).toEqual([
      { label: 'Hidden width D', values: [64, 32, 64], odd: [false, true, false] },
      { label: 'Batch size', values: [128, 128, 64], odd: [false, false, true] },
    ]);
    expect(equal.map(({ field }) => field)).toContain('learningRate');
    expect(equal.every(({ odd }) => !odd.includes(true))).toBe(true);
  });
  it('goes by the first of them where none has a majority', () => {
    const [row] = diffRecipes([class_, { ...class_, width: 32 }]).different;
    expect(row!.odd).toEqual([false, true]);
  });
  it('has nothing where a field means nothing, and leaves out what means nothing to any', () => {
    const { different, equal } = diffRecipes([class_, presetRecipe('time', 'assigned')]);
    expect(different.find(({ field }) => field === 'dropClass')?.values).toEqual([0.1, undefined]);
    expect([...different, ...equal].map(({ field }) => field)).not.toContain('sigma');
  });
});
