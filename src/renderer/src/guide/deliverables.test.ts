import { describe, expect, it } from 'vitest';
import { scriptedRun } from '../scripted-run.ts';
import { deliverables } from './deliverables.ts';

const states = (...runs: Parameters<typeof deliverables>[1]) => deliverables('denoiser', runs).map((d) => d.state);

describe('deliverables', () => {
  it('need a run, but for the noising figure', () => {
    expect(states()).toEqual(['done', 'open', 'open', 'open']);
  });
  it('are done by a run at the assigned settings that reached its epochs', () => {
    expect(states(scriptedRun('a', { epochs: 5 }))).toEqual(['done', 'done', 'done', 'done']);
  });
  it('are previews while that run is short of its epochs', () => {
    expect(states(scriptedRun('a', { epochs: 4, state: { status: 'paused', at: 0 } }))).toEqual([
      'done',
      'preview',
      'preview',
      'preview',
    ]);
  });
  it.each([{ width: 16 }, { epochs: 2 }, { subset: 20_000 }, { sigma: 0.4 }])('are previews at other settings: %o', (recipe) => {
    expect(states(scriptedRun('a', { epochs: recipe.epochs ?? 5, recipe }))).toEqual(['done', 'preview', 'preview', 'preview']);
  });
  it('do not mind the seed, the device and how often it was saved', () => {
    expect(states(scriptedRun('a', { epochs: 5, recipe: { seed: 7, save: 5, device: 'reference' } }))).not.toContain('preview');
  });
  it('do not tick test digits that were never saved', () => {
    expect(states(scriptedRun('a', { epochs: 5, sampledEpochs: [5] }))).toEqual(['done', 'done', 'preview', 'done']);
    expect(states(scriptedRun('a', { epochs: 5, sampledEpochs: [] }))).toEqual(['done', 'done', 'open', 'open']);
  });
  it('take a finished run before a newer preview', () => {
    const [, loss] = deliverables('denoiser', [
      scriptedRun('quick', { epochs: 5, recipe: { width: 16 } }),
      scriptedRun('full', { epochs: 5 }),
    ]);
    expect([loss!.state, loss!.run!.id]).toEqual(['done', 'full']);
  });
  it('leave runs of other objectives out', () => {
    const other = scriptedRun('ddpm', { epochs: 5, recipe: { objective: 'ddpm', conditioning: 'time' } });
    expect(states(other)).toEqual(['done', 'open', 'open', 'open']);
  });
});
