// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '#contract/run.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { useRuns } from './runs.ts';

function open(list: () => Run[] | Promise<Run[]>) {
  const scripted = scriptedLink({
    'runs.list': list,
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
