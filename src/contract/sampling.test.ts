import { describe, expect, it } from 'vitest';
import { presetRecipe } from './preset.ts';
import {
  gridOptions,
  gridPlan,
  samplersOf,
  samplingOptionsSchema,
  samplingPlan,
  samplingProblems,
  samplingRequestSchema,
  type Sampler,
  type SamplingOptions,
  type SamplingRequest,
} from './sampling.ts';

const time = presetRecipe('time', 'assigned');
const digits = presetRecipe('class', 'assigned');
const flow = presetRecipe('flow', 'assigned');
const options = (some: Partial<SamplingOptions> = {}): SamplingOptions => ({ ...samplingOptionsSchema.parse({}), ...some });

describe('a sampling request', () => {
  it('asks for the assigned sampling of forty images where nothing else is said', () => {
    const request: SamplingRequest = samplingRequestSchema.parse({ run: 'a' });
    expect(request).toEqual({ run: 'a', ...options(), frames: 50 });
    expect(samplingPlan(time, request)).toMatchObject({ sampler: 'ddpm', steps: 300, variance: 'beta', count: 40, labels: null });
    expect(samplingPlan(digits, request)).toMatchObject({ guidance: 5, weights: 'raw' });
    expect(samplingPlan(flow, request)).toMatchObject({ sampler: 'euler', steps: 50 });
  });

  it.each([
    { run: '../etc' },
    { run: 'a', classes: [10] },
    { run: 'a', classes: [] },
    { run: 'a', count: 0 },
    { run: 'a', sampler: 'pndm' },
    { run: 'a', steps: 1.5 },
    { run: 'a', eta: 2 },
    { run: 'a', guidance: NaN },
    { run: 'a', seed: -1 },
  ])('refuses %j', (request) => {
    expect(samplingRequestSchema.safeParse(request).success).toBe(false);
  });

  it('deals its images over the classes, so that every tenth column is a digit', () => {
    expect(samplingPlan(digits, options({ count: 12 })).labels).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(samplingPlan(digits, options({ count: 5, classes: [3, 8] })).labels).toEqual([3, 8, 3, 8, 3]);
  });

  it('says what does not go together', () => {
    const problems = (recipe: typeof time, some: Partial<SamplingOptions> & { frames?: number }) =>
      samplingProblems(recipe, { ...options(), ...some });
    expect(problems(time, {})).toEqual([]);
    expect(problems(presetRecipe('denoiser', 'assigned'), {})).toEqual([
      'the objective denoise has no samples: its network denoises in one step',
    ]);
    expect(problems(flow, { sampler: 'ddim' })).toEqual([
      'sampler is "ddim"; a network of the objective flow takes euler or heun',
    ]);
    expect(problems(time, { steps: 50 })).toEqual(['steps is 50; ddpm takes all 300, ddim any number up to that']);
    expect(problems(time, { sampler: 'ddim', steps: 301 })).toEqual(["steps is 301; ddim takes at most the schedule's 300"]);
    expect(problems(time, { weights: 'ema' })).toEqual(['weights is "ema"; the run keeps no running average']);
    expect(problems({ ...time, ema: 0.99 }, { weights: 'ema' })).toEqual([]);
    expect(problems(time, { count: 1000, frames: 21 })).toEqual(['frames is 21; for 1000 images it must be at most 20']);
  });

  it('never asks ddim for more steps than there are', () => {
    expect(samplingPlan({ ...time, timesteps: 20 }, options({ sampler: 'ddim' })).steps).toBe(20);
  });
});

describe('the grid of an epoch', () => {
  const samplerAfter = (epoch: number): Sampler => gridPlan(digits, epoch).sampler;

  it("is the assignment's after the epochs that it shows and the last, and a quick one after the others", () => {
    expect([1, 5, 10, 15, 20].map(samplerAfter)).toEqual(Array(5).fill('ddpm'));
    expect([2, 4, 19].map(samplerAfter)).toEqual(Array(3).fill('ddim'));
    expect(gridPlan({ ...digits, epochs: 4 }, 4).sampler).toBe('ddpm');
    expect(gridOptions(flow, 2).sampler).toBe(samplersOf.flow[0]);
  });

  it('starts from the same noise after every epoch', () => {
    expect(gridPlan(digits, 5).seed).toBe(gridPlan(digits, 6).seed);
  });
});
