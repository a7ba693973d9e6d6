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
