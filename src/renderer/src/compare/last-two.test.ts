import { expect, it } from 'vitest';
import { scriptedRun } from '../scripted-run.ts';
import { lastTwo } from './last-two.ts';

const sampling = { objective: 'ddpm', conditioning: 'time' } as const;

it('the last two are of one kind, and have something to show', () => {
  const runs = [
    scriptedRun('queued'),
    scriptedRun('a', { epochs: 2 }),
    scriptedRun('b', { recipe: sampling, gridEpochs: [1] }),
    scriptedRun('c', { epochs: 1 }),
    scriptedRun('d', { recipe: sampling, gridEpochs: [1, 2] }),
  ];
  expect(lastTwo(runs).map(({ id }) => id)).toEqual(['a', 'c']);
  expect(lastTwo(runs.slice(2)).map(({ id }) => id)).toEqual(['b', 'd']);
  // the newest is the only one of its kind
  expect(lastTwo(runs.slice(1).toSpliced(2, 1)).map(({ id }) => id)).toEqual(['b', 'd']);
  expect(lastTwo(runs.slice(0, 3)).map(({ id }) => id)).toEqual(['a']);
  expect(lastTwo(runs.slice(0, 1))).toEqual([]);
});
