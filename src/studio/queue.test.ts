import { describe, expect, it } from 'vitest';
import { nextInQueue } from './queue.ts';

const run = (id: string, queuedAt: number, held = false) => ({ id, queuedAt, held });

describe('nextInQueue', () => {
  it('is whoever has waited longest, whatever the order they are listed in', () => {
    expect(nextInQueue([run('c', 3), run('a', 1), run('b', 2)], true)?.id).toBe('a');
    expect(nextInQueue([run('b', 1), run('a', 1)], true)?.id).toBe('a');
    expect(nextInQueue([], true)).toBeUndefined();
  });

  it('gives a run that a command line holds its turn, but not for ever', () => {
    const waiting = [run('held', 1, true), run('ours', 2)];
    expect(nextInQueue(waiting, true)?.id).toBe('held');
    expect(nextInQueue(waiting, false)?.id).toBe('ours');
    expect(nextInQueue([run('held', 1, true)], false)).toBeUndefined();
  });
});
