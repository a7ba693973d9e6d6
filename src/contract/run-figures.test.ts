import { describe, expect, it } from 'vitest';
import type { DrawnRun } from './deliverables.ts';
import { presetRecipe, type Part } from './preset.ts';
import { figuresOfRun } from './run-figures.ts';

const runOf = (part: Part, epochs: number[], step = 100): DrawnRun => ({
  id: 'r',
  name: 'r',
  recipe: presetRecipe(part, 'assigned'),
  progress: { epoch: epochs.length, step, seconds: 0, epochLosses: [] },
  sampledEpochs: part === 'denoiser' ? epochs : [],
  gridEpochs: part === 'denoiser' ? [] : epochs,
});
const figures = (run: DrawnRun) =>
  figuresOfRun(run).map((f) => [f.figure, ...('epochs' in f ? (f.epochs ?? []) : 'epoch' in f ? [f.epoch] : [])].join(' '));

describe('the figures of a run', () => {
  it('are those of the assignment, of the epochs that are there', () => {
    expect(figures(runOf('denoiser', [1, 2, 3, 4, 5]))).toEqual(['noising', 'loss', 'results 1', 'results 5', 'noise-levels 5']);
    expect(figures(runOf('denoiser', [1]))).toEqual(['noising', 'loss', 'results 1', 'noise-levels 1']);
    expect(figures(runOf('class', [1, 2, 3, 4, 5, 6, 7]))).toEqual([
      'schedule',
      'loss',
      'samples 1 5 7',
      'samples 1',
      'samples 5',
      'samples 7',
      'trajectory 7',
      'denoising 7',
    ]);
    expect(figures(runOf('flow', [2]))).toEqual(['loss', 'samples 2', 'trajectory 2', 'denoising 2']);
  });
  it('are few before there is much', () => {
    expect(figures(runOf('time', []))).toEqual(['schedule', 'loss']);
    expect(figures(runOf('denoiser', [], 0))).toEqual(['noising']);
  });
});
