import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveInQueue, nextInQueue } from './queue.ts';

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

describe('moving a run in the queue', () => {
  const queue = fc
    .uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 8 })
    .map((times) =>
      times.sort((a, b) => a - b).map((queuedAt, i) => ({ id: `run-${i}`, queuedAt: 1.7e12 + Math.floor(queuedAt / 3) })),
    );
  const orderOf = (runs: { id: string; queuedAt: number }[]) =>
    runs.toSorted((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1)).map(({ id }) => id);

  it('gives the order that was asked for, again and again, and keeps that of the others', () => {
    fc.assert(
      fc.property(queue, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 30 }), (start, moves) => {
        let runs = start;
        for (const [which, where] of moves) {
          const order = orderOf(runs);
          const id = order[which % order.length]!;
          const others = order.filter((other) => other !== id);
          const place = where % (others.length + 1);
          const now = runs.toSorted((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
          const changes = new Map(moveInQueue(now, id, others[place] ?? null).map((c) => [c.id, c.queuedAt]));
          runs = runs.map((run) => ({ ...run, queuedAt: changes.get(run.id) ?? run.queuedAt }));
          expect(orderOf(runs)).toEqual([...others.slice(0, place), id, ...others.slice(place)]);
        }
      }),
    );
  });
  it('mostly changes that run alone', () => {
    const runs = [run('a', 1000), run('b', 2000), run('c', 3000)];
    expect(moveInQueue(runs, 'c', 'a')).toEqual([{ id: 'c', queuedAt: 0 }]);
    expect(moveInQueue(runs, 'c', 'b')).toEqual([{ id: 'c', queuedAt: 1500 }]);
    expect(moveInQueue(runs, 'a', null)).toEqual([{ id: 'a', queuedAt: 4000 }]);
  });
});
