import { describe, expect, it } from 'vitest';
import { scriptedRun } from '../scripted-run.ts';
import { readingsOf } from './run-readings.ts';

describe('readings', () => {
  it('of a run that trains are its live ones', () => {
    const run = scriptedRun('a', {
      epochs: 2,
      state: { status: 'training', startedAt: 0 },
      live: { step: 588, epoch: 3, loss: 0.0097, imagesPerSecond: 842, secondsLeft: 178 },
    });
    expect(readingsOf(run)).toMatchObject({
      epoch: 3,
      step: 588,
      steps: 1175,
      imagesPerSecond: 842,
      secondsLeft: 178,
      loss: 0.0097,
    });
    expect(readingsOf(run).epochsDone).toBeCloseTo(588 / 235);
  });
  it('of a finished run are its means, and its last epoch', () => {
    expect(readingsOf(scriptedRun('a', { epochs: 5 }))).toMatchObject({
      epoch: 5,
      step: 1175,
      epochsDone: 5,
      imagesPerSecond: 1000,
      secondsLeft: undefined,
      loss: 0.004,
    });
  });
  it('of a run that has not begun are the first epoch and no speed', () => {
    expect(readingsOf(scriptedRun('a'))).toMatchObject({
      epoch: 1,
      step: 0,
      epochsDone: 0,
      imagesPerSecond: undefined,
      loss: undefined,
    });
  });
});
