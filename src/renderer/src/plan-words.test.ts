import { expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { samplingOptionsSchema, samplingPlan } from '#contract/sampling.ts';
import { planInWords } from './plan-words.ts';

it('says how images were sampled, and nothing that had no effect', () => {
  const plan = samplingPlan(presetRecipe('class', 'assigned'), samplingOptionsSchema.parse({ seed: 7 }));
  expect(planInWords(plan)).toBe('DDPM, 300 steps, γ = 5, seed 7');
  expect(planInWords({ ...plan, sampler: 'ddim', steps: 50, eta: 0.5, labels: null, weights: 'ema' })).toBe(
    'DDIM, 50 steps, η = 0.5, averaged weights, seed 7',
  );
});
