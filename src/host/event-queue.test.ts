import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventPayload } from '#contract/studio.ts';
import { defaultSettings } from '#contract/settings.ts';
import { createEventQueue, type StudioEvent } from './event-queue.ts';

const columns = (from: number, to: number, tests: number[] = []) => {
  const steps = Int32Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return {
    steps,
    losses: Float32Array.from(steps, (s) => s / 8),
    learningRates: Float32Array.from(steps, (s) => s / 16),
    seconds: Float32Array.from(steps, (s) => s / 8),
    testSteps: Int32Array.from(tests),
    testLosses: Float32Array.from(tests, (s) => s / 4),
  };
};
const taken = (queue: ReturnType<typeof createEventQueue>): StudioEvent[] => {
  const all: StudioEvent[] = [];
  for (let e = queue.take(); e !== undefined; e = queue.take()) all.push(e);
  return all;
};
const run = (id: string, name: string) => ({ id, name }) as EventPayload<'run.changed'>;

describe('events that wait', () => {
  it('pass one by one when nothing waits', () => {
    const queue = createEventQueue();
    queue.add('run.changed', run('a', 'first'));
    expect(taken(queue)).toEqual([{ name: 'run.changed', payload: run('a', 'first') }]);
    expect(queue.take()).toBeUndefined();
  });

  it('of one run or of the settings are the last one', () => {
    const queue = createEventQueue();
    queue.add('run.changed', run('a', '1'));
    queue.add('settings.changed', { ...defaultSettings, theme: 'dark' });
    queue.add('run.changed', run('b', '1'));
    queue.add('run.changed', run('a', '2'));
    queue.add('settings.changed', { ...defaultSettings, theme: 'light' });
    expect(taken(queue)).toEqual([
      { name: 'run.changed', payload: run('a', '2') },
      { name: 'settings.changed', payload: { ...defaultSettings, theme: 'light' } },
      { name: 'run.changed', payload: run('b', '1') },
    ]);
  });

  it('of a run that was removed are its removal', () => {
    const queue = createEventQueue();
    queue.add('run.changed', run('a', '1'));
    queue.add('run.metrics', { id: 'a', columns: columns(1, 3) });
    queue.add('run.cut', { id: 'a', step: 2 });
    queue.add('run.removed', { id: 'a' });
    expect(taken(queue)).toEqual([{ name: 'run.removed', payload: { id: 'a' } }]);
  });

  it('of runs that were found are all groups, and later news of one of them comes behind', () => {
    const queue = createEventQueue();
    queue.add('runs.found', { runs: [run('a', '1'), run('b', '1')] });
    queue.add('runs.found', { runs: [run('c', '1')] });
    queue.add('run.changed', run('a', '2'));
    expect(taken(queue)).toEqual([
      { name: 'runs.found', payload: { runs: [run('a', '1'), run('b', '1')] } },
      { name: 'runs.found', payload: { runs: [run('c', '1')] } },
      { name: 'run.changed', payload: run('a', '2') },
    ]);
  });

  it('of a sampling are all its frames, then how it ended', () => {
    const queue = createEventQueue();
    const frame = (index: number) => ({ job: 1, index, of: 2, t: 1 - index, x: new Float32Array(1), x0: new Float32Array(1) });
    queue.add('sampling.progress', { job: 1, step: 1, steps: 2, secondsPerStep: 1 });
    queue.add('sampling.frame', frame(0));
    queue.add('sampling.frame', frame(1));
    queue.add('sampling.ended', { job: 1, status: 'done' });
    expect(taken(queue)).toEqual([
      { name: 'sampling.frame', payload: frame(0) },
      { name: 'sampling.frame', payload: frame(1) },
      { name: 'sampling.ended', payload: { job: 1, status: 'done' } },
    ]);
  });

  it('join and cut the losses by quarter with their steps', () => {
    const quarters = (...q: number[]) => ({ quarterLosses: Float32Array.from(q) });
    const queue = createEventQueue();
    queue.add('run.metrics', { id: 'a', columns: { ...columns(1, 1), ...quarters(1, 2, 3, 4) } });
    queue.add('run.metrics', { id: 'a', columns: { ...columns(2, 3), ...quarters(5, 6, 7, 8, 9, 9, 9, 9) } });
    queue.add('run.cut', { id: 'a', step: 2 });
    expect(taken(queue)[1]).toEqual({
      name: 'run.metrics',
      payload: { id: 'a', columns: { ...columns(1, 2), ...quarters(1, 2, 3, 4, 5, 6, 7, 8) } },
    });
  });

  it('join their steps and test losses', () => {
    const queue = createEventQueue();
    queue.add('run.metrics', { id: 'a', columns: columns(1, 3, [3]) });
    queue.add('run.metrics', { id: 'a', columns: columns(4, 6, [6]) });
    expect(taken(queue)).toEqual([{ name: 'run.metrics', payload: { id: 'a', columns: columns(1, 6, [3, 6]) } }]);
  });

  it('leave a reader with the same steps as one who reads at once', () => {
    // a run writes some steps, is cut back to one of them, goes on
    const chapters = fc.array(
      fc.record({ write: fc.integer({ min: 1, max: 9 }), cutBy: fc.integer({ min: 0, max: 20 }), read: fc.boolean() }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(chapters, (story) => {
        const queue = createEventQueue();
        const prompt = new Map<number, number>();
        const slow = new Map<number, number>();
        const apply = (to: Map<number, number>, event: StudioEvent): void => {
          if (event.name === 'run.cut') for (const s of [...to.keys()]) if (s > event.payload.step) to.delete(s);
          if (event.name === 'run.metrics')
            event.payload.columns.steps.forEach((s, i) => to.set(s, event.payload.columns.losses[i]!));
        };
        const tell = (event: StudioEvent): void => {
          queue.add(event.name, event.payload);
          apply(prompt, event);
        };
        let step = 0;
        for (const [chapter, { write, cutBy, read }] of story.entries()) {
          const written = columns(step + 1, step + write);
          tell({ name: 'run.metrics', payload: { id: 'a', columns: { ...written, losses: written.losses.map(() => chapter) } } });
          step += write;
          if (cutBy > 0) {
            step = Math.max(0, step - cutBy);
            tell({ name: 'run.cut', payload: { id: 'a', step } });
          }
          if (read) for (const event of taken(queue)) apply(slow, event);
        }
        for (const event of taken(queue)) apply(slow, event);
        expect([...slow].sort()).toEqual([...prompt].sort());
      }),
    );
  });
});
