import { describe, expect, it } from 'vitest';
import { createRecentRuns, type RecentRun } from './recent-runs.ts';

const run = (n: number, name = `run ${n}`): RecentRun => ({ id: `r${n}`, name, createdAt: n });

describe('recent runs', () => {
  it('are the newest eight, told anew only where something changed', () => {
    const told: string[][] = [];
    const recent = createRecentRuns((runs) => void told.push(runs.map(({ name }) => name)));
    recent.take([]);
    expect(told).toEqual([]);
    recent.take(Array.from({ length: 10 }, (_, n) => run(n)));
    expect(told).toEqual([[9, 8, 7, 6, 5, 4, 3, 2].map((n) => `run ${n}`)]);
    recent.take([run(9), run(0, 'renamed out of sight')]);
    expect(told).toHaveLength(1);
    recent.take([run(9, 'renamed')]);
    expect(told.at(-1)![0]).toBe('renamed');
    recent.removed('r8');
    expect(told.at(-1)).toEqual(['renamed', ...[7, 6, 5, 4, 3, 2, 1].map((n) => `run ${n}`)]);
  });
});
