import { describe, expect, it } from 'vitest';
import { scriptedRun } from '../scripted-run.ts';
import { missingPictures, neighbours, useOf } from './pictures.ts';

describe('a run without pictures of its epochs', () => {
  const none = { sampledEpochs: [], gridEpochs: [] };
  const ddpm = { objective: 'ddpm', conditioning: 'time' } as const;
  it.each([
    ['training', { status: 'training', startedAt: 0 }, 0, true, 'The first samples come after epoch 1, which is under way.'],
    ['queued', { status: 'queued', queuedAt: 0 }, 0, true, 'The first samples come once it has trained an epoch.'],
    ['stopped early', { status: 'stopped', at: 0 }, 0, false, 'It was stopped within its first epoch'],
    ['interrupted early', { status: 'interrupted' }, 0, false, 'Resume trains on to them.'],
    ['finished', { status: 'completed', at: 0 }, 5, false, 'This run has kept no samples of its epochs'],
  ] as const)('says what is true of it when it is %s', (_, state, epochs, coming, text) => {
    const missing = missingPictures(scriptedRun('a', { ...none, epochs, recipe: ddpm, state }));
    expect(missing?.coming).toBe(coming);
    expect(missing?.text).toContain(text);
  });
  it('has nothing to say once there are some', () => {
    expect(missingPictures(scriptedRun('a', { epochs: 1 }))).toBeUndefined();
    expect(missingPictures(scriptedRun('a', { epochs: 1, recipe: ddpm }))?.coming).toBe(false);
  });
});

it('finds the epochs before and after one, over those that have no pictures', () => {
  expect(neighbours([1, 5, 10], 5)).toEqual([10, 1]);
  expect(neighbours([1, 5, 10], 10)).toEqual([undefined, 5]);
  expect(neighbours([1, 5, 10], 7)).toEqual([]);
});

it('leads to where a network can be used while the checkpoint of its epoch is there', () => {
  const run = scriptedRun('a', { epochs: 2, checkpoints: [{ epoch: 2, bytes: 1, savedAt: 0 }] });
  expect(useOf(run, 2)).toEqual({ run: 'a', epoch: '2' });
  expect(useOf(run, 1)).toBeUndefined();
  expect(useOf(run, undefined)).toBeUndefined();
});
