import { describe, expect, it } from 'vitest';
import type { Run } from '#contract/run.ts';
import { scriptedRun } from '../scripted-run.ts';
import { runsOfPart, runToShow } from './part-run.ts';

const shown = (part: Parameters<typeof runsOfPart>[0], runs: Run[]) => runToShow(runsOfPart(part, runs))?.id;

describe('the run that a part shows', () => {
  const done = scriptedRun('done');
  const older = scriptedRun('older', { state: { status: 'training', startedAt: 0 } });
  const paused = scriptedRun('paused', { state: { status: 'paused', at: 0 } });
  const other = scriptedRun('other', {
    recipe: { objective: 'ddpm', conditioning: 'time' },
    state: { status: 'training', startedAt: 0 },
  });

  it('is the one that trains, then one that waits, then the newest', () => {
    expect(shown('denoiser', [other, done, paused, older])).toBe('older');
    expect(shown('denoiser', [other, done, paused])).toBe('paused');
    expect(shown('denoiser', [done, scriptedRun('old')])).toBe('done');
  });
  it('belongs to the part', () => {
    expect(shown('time', [done, other])).toBe('other');
    expect(shown('class', [done, other])).toBeUndefined();
  });
});
