import { describe, expect, it } from 'vitest';
import { samplingOptionsSchema, samplingProblems } from '#contract/sampling.ts';
import { scriptedRun } from '../scripted-run.ts';
import { sweepColumns, sweepInWords, sweepsOf, type SweepKind } from './sweep.ts';

const classRun = scriptedRun('class', { recipe: { objective: 'ddpm', conditioning: 'class', timesteps: 40 }, epochs: 3 });
const flowRun = scriptedRun('flow', { recipe: { objective: 'flow', conditioning: 'time' }, epochs: 1 });
const options = { ...samplingOptionsSchema.parse({}), guidance: 3, seed: 7, count: 40 };
const labels = (kind: SweepKind, run = classRun, more = {}) =>
  sweepColumns(kind, run, 2, { ...options, ...more }).map(({ label }) => label);

describe('a sweep', () => {
  it('is of what a network has', () => {
    expect(sweepsOf(classRun)).toEqual(['guidance', 'steps', 'epochs']);
    expect(sweepsOf(flowRun)).toEqual(['steps']);
  });

  it('has a column for each value, the chosen one among them', () => {
    expect(labels('guidance')).toEqual(['γ = 0', 'γ = 1', 'γ = 2', 'γ = 3', 'γ = 5', 'γ = 10']);
    expect(labels('guidance', classRun, { guidance: 5 })).toHaveLength(5);
    expect(labels('epochs')).toEqual(['epoch 1', 'epoch 2', 'epoch 3']);
    expect(labels('steps', classRun, { sampler: 'ddim', steps: 7 })).toEqual(
      [2, 5, 7, 10, 25, 40].map((steps) => `${steps} steps`),
    );
    expect(labels('steps', flowRun, { sampler: 'heun' }).at(-1)).toBe('100 steps');
  });

  it('changes nothing else from column to column, and asks for what the network can do', () => {
    for (const kind of ['guidance', 'steps', 'epochs'] as const) {
      const columns = sweepColumns(kind, classRun, 2, options);
      for (const { options: of } of columns) {
        expect(samplingProblems(classRun.recipe, of)).toEqual([]);
        expect([of.seed, of.count]).toEqual([7, 10]);
      }
      const own = { guidance: 'guidance', steps: 'steps', epochs: '' }[kind];
      const others = columns.map(({ options: of, epoch }) =>
        JSON.stringify({ ...of, [own]: 0, epoch: kind === 'epochs' ? 0 : epoch }),
      );
      expect(new Set(others).size).toBe(1);
    }
  });

  it('says what it shows', () => {
    expect(sweepInWords('steps', sweepColumns('steps', classRun, 2, options))).toBe(
      'Steps of DDIM at epoch 2, the same noise in each column, seed 7.',
    );
  });
});
