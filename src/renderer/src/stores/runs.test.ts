// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Run } from '#contract/run.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { useRuns } from './runs.ts';

function open(list: () => Run[] | Promise<Run[]>) {
  const scripted = scriptedLink({
    'runs.list': async () => ({ runs: await list(), more: false }),
    'runs.pause': ({ id }) => scriptedRun(id, { state: { status: 'paused', at: 1 } }),
    'runs.delete': ({ id }) => ({ entry: `${id}-1764000000000` }),
  });
  openStudio(scripted.link);
  return { scripted, runs: useRuns() };
}

describe('runs', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('are listed newest first, with the queue in its order', async () => {
    const { runs } = open(() => [
      scriptedRun('old', { createdAt: 1, state: { status: 'queued', queuedAt: 9 } }),
      scriptedRun('new', { createdAt: 3, state: { status: 'queued', queuedAt: 5 } }),
      scriptedRun('now', { createdAt: 2, state: { status: 'training', startedAt: 2 } }),
    ]);
    await runs.load();
    expect(runs.list.map((run) => run.id)).toEqual(['new', 'now', 'old']);
    expect(runs.queue.map((run) => run.id)).toEqual(['new', 'old']);
    expect(runs.training?.id).toBe('now');
  });

  it('keep what an event said while the list was on its way', async () => {
    let arrive!: (runs: Run[]) => void;
    const { scripted, runs } = open(() => new Promise((resolve) => (arrive = resolve)));
    const loading = runs.load();
    scripted.tell('run.changed', scriptedRun('a', { name: 'newer' }));
    scripted.tell('run.removed', { id: 'gone' });
    arrive([scriptedRun('a', { name: 'older' }), scriptedRun('gone'), scriptedRun('b')]);
    await loading;
    expect(runs.list.map((run) => run.name).sort()).toEqual(['Run b', 'newer']);
  });

  it('come page by page, and are there while others are on their way', async () => {
    const all = Array.from({ length: 5 }, (_, i) => scriptedRun(`run-${i}`, { createdAt: 5 - i }));
    const pages: (() => void)[] = [];
    const scripted = scriptedLink({
      'runs.list': async (page) => {
        await new Promise<void>((resolve) => pages.push(resolve));
        const from = page === undefined ? 0 : all.findIndex(({ id }) => id === page.before.id) + 1;
        return { runs: all.slice(from, from + 2), more: from + 2 < all.length };
      },
    });
    openStudio(scripted.link);
    const runs = useRuns();
    const loading = runs.load();
    await vi.waitUntil(() => pages.length === 1);
    pages[0]!();
    await vi.waitUntil(() => runs.list.length === 2);
    expect(runs.loaded).toBe(false);
    // found by the studio's first look meanwhile
    scripted.tell('runs.found', { runs: [scriptedRun('found', { createdAt: 9 })] });
    expect(runs.list[0]!.id).toBe('found');
    for (let page = 1; page < 3; page++) {
      await vi.waitUntil(() => pages.length === page + 1);
      pages[page]!();
    }
    await loading;
    expect(runs.loaded).toBe(true);
    expect(runs.list.map(({ id }) => id)).toEqual(['found', 'run-0', 'run-1', 'run-2', 'run-3', 'run-4']);
  });

  it('drop what the studio no longer lists when it is back', async () => {
    let list = [scriptedRun('a'), scriptedRun('b')];
    const { runs } = open(() => list);
    await runs.load();
    list = [scriptedRun('b')];
    await runs.load();
    expect(runs.list.map((run) => run.id)).toEqual(['b']);
  });

  it('take one request at a time', async () => {
    const { scripted, runs } = open(() => [scriptedRun('a', { state: { status: 'training', startedAt: 0 } })]);
    await runs.load();
    const both = Promise.all([runs.pause('a'), runs.pause('a')]);
    expect(runs.busy.has('a')).toBe(true);
    await both;
    expect(scripted.count('runs.pause')).toBe(1);
    expect(runs.byId.get('a')?.state.status).toBe('paused');
    await runs.remove('a');
    expect(runs.list).toEqual([]);
  });
});
