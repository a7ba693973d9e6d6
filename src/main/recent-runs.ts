import type { Run } from '#contract/run.ts';

export type RecentRun = Pick<Run, 'id' | 'name' | 'createdAt'>;

const MOST = 8;

/** The newest runs of a library for the menu; `onChange` is told when one comes, goes or is renamed. */
export function createRecentRuns(onChange: (runs: readonly RecentRun[]) => void): {
  take(runs: readonly RecentRun[]): void;
  removed(id: string): void;
} {
  const byId = new Map<string, RecentRun>();
  let shown = '[]';
  function tell(): void {
    const newest = [...byId.values()].sort((a, b) => b.createdAt - a.createdAt).slice(0, MOST);
    const now = JSON.stringify(newest);
    if (now === shown) return;
    shown = now;
    onChange(newest);
  }
  return {
    take(runs) {
      for (const { id, name, createdAt } of runs) byId.set(id, { id, name, createdAt });
      tell();
    },
    removed(id) {
      byId.delete(id);
      tell();
    },
  };
}
