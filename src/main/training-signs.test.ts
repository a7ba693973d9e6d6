import { describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import type { Run, RunState } from '#contract/run.ts';
import { followTraining } from './training-signs.ts';

const recipe = { ...presetRecipe('denoiser', 'assigned'), subset: 1000, batchSize: 10, epochs: 2 }; // 200 steps
const run = (id: string, state: RunState, step = 0, more: Partial<Run> = {}): Run => ({
  format: 1,
  id,
  name: id,
  recipe,
  state,
  progress: { epoch: 0, step, seconds: 0, epochLosses: [] },
  createdAt: 0,
  writer: state.status === 'training' ? 'here' : 'none',
  checkpoints: [],
  sampledEpochs: [],
  gridEpochs: [],
  folder: '',
  tags: [],
  notes: '',
  ...more,
});
const training: RunState = { status: 'training', startedAt: 0 };
const live = (step: number) => ({ live: { step, epoch: 1, loss: 1, imagesPerSecond: 1, secondsLeft: 1 } });

function open() {
  const told: unknown[] = [];
  const followed = followTraining({
    progress: (share) => void told.push(['progress', share]),
    awake: (on) => void told.push(['awake', on]),
    ended: ({ id }) => void told.push(['ended', id]),
  });
  /** what was told since it was asked last */
  return { followed, told: () => told.splice(0) };
}

describe('the signs of a training', () => {
  it('begin with it, follow it in hundredths, and end with it', () => {
    const { followed, told } = open();
    followed.take(run('a', training));
    expect(told()).toEqual([
      ['progress', 0],
      ['awake', true],
    ]);
    for (const step of [1, 100, 100, 101]) followed.take(run('a', training, 0, live(step)));
    expect(told()).toEqual([
      ['progress', 0.01],
      ['progress', 0.5],
      ['progress', 0.51],
    ]);
    expect(followed.current?.id).toBe('a');
    followed.take(run('a', { status: 'completed', at: 1 }, 200));
    expect(told()).toEqual([
      ['progress', undefined],
      ['awake', false],
      ['ended', 'a'],
    ]);
    expect(followed.current).toBeUndefined();
  });
  it('tell of an end that nobody asked for, and only of that', () => {
    const { followed, told } = open();
    const error = { code: 'diverged', message: '', hint: '' };
    const ends: [RunState, boolean][] = [
      [{ status: 'failed', at: 1, error }, true],
      [{ status: 'paused', at: 1 }, false],
      [{ status: 'stopped', at: 1 }, false],
      [{ status: 'interrupted' }, false],
    ];
    for (const [state, tells] of ends) {
      followed.take(run('a', training));
      told();
      followed.take(run('a', state));
      expect(told().some((sign) => Array.isArray(sign) && sign[0] === 'ended')).toBe(tells);
    }
    // nothing trained here before
    followed.take(run('b', { status: 'completed', at: 1 }));
    expect(told()).toEqual([]);
  });
  it('stay awake from one run of the queue to the next', () => {
    const { followed, told } = open();
    followed.take(run('a', training, 100));
    followed.take(run('b', training));
    followed.take(run('a', { status: 'completed', at: 1 }, 200));
    expect(followed.current?.id).toBe('b');
    expect(told().filter((sign) => Array.isArray(sign) && sign[0] === 'awake')).toEqual([['awake', true]]);
  });
  it('do not mind runs of other processes, and end when the run goes away', () => {
    const { followed, told } = open();
    followed.take(run('cli', training, 0, { writer: 'elsewhere' }));
    expect(told()).toEqual([]);
    followed.take(run('a', training));
    told();
    followed.removed('cli');
    expect(told()).toEqual([]);
    followed.removed('a');
    expect(told()).toEqual([
      ['progress', undefined],
      ['awake', false],
    ]);
  });
});
