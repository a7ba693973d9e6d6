import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultRecipe } from '#contract/recipe.ts';
import type { EventName } from '#contract/studio.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { openMetricsWriter } from '#library/metrics.ts';
import { lockRun, metricsFile, type StoredRun } from '#library/run-folder.ts';
import { openSummaries } from '#library/summaries.ts';
import { listPage } from './listing.ts';
import { createWatcher, type Watcher } from './watcher.ts';

let folder: string;
let library: Library;
const opened: Watcher[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watcher-'));
  library = await openLibrary(folder);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((watcher) => watcher.close()));
  await rm(folder, { recursive: true, force: true });
});

/** `slow` holds up the reading of every run until it is let go. */
async function open(slow?: Promise<unknown>) {
  const events: { name: EventName; payload: unknown }[] = [];
  const reads: string[] = [];
  const onChange = vi.fn();
  const read = async (id: string): Promise<StoredRun> => {
    reads.push(id);
    await slow;
    return await library.runs.read(id);
  };
  const watcher = createWatcher({
    library: { ...library, runs: { ...library.runs, read } },
    summaries: await openSummaries(folder),
    emit: (name, payload) => void events.push({ name, payload }),
    isOurs: () => false,
    onChange,
  });
  opened.push(watcher);
  return { watcher, events, reads, onChange };
}
async function makeRuns(count: number): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (let i = 0; i < count; i++) runs.push(await library.runs.create({ recipe: defaultRecipe, name: `Run ${i}` }));
  return runs;
}
const namesOf = (runs: readonly { name: string }[]): string[] => runs.map(({ name }) => name);

describe('the first look', () => {
  it('is waited for where it is quick', async () => {
    await makeRuns(3);
    const { watcher, onChange } = await open();
    await watcher.start();
    await watcher.complete;
    expect(watcher.known()).toHaveLength(3);
    expect(onChange).toHaveBeenCalledOnce();
  });

  it('is not waited for where it is slow, and tells what it finds in groups', async () => {
    await makeRuns(12);
    const gate = Promise.withResolvers<undefined>();
    const { watcher, events, onChange } = await open(gate.promise);
    await watcher.start();
    expect(watcher.isComplete).toBe(false);
    // the list waits for the end: nothing is known
    const listed = listPage(watcher, undefined);
    gate.resolve(undefined);
    expect((await listed).runs).toHaveLength(12);
    expect(await listed).toMatchObject({ more: false });
    const groups = events.filter(({ name }) => name === 'runs.found').map(({ payload }) => (payload as { runs: unknown[] }).runs);
    expect(groups.flat()).toHaveLength(12);
    expect(groups.length).toBeLessThan(12);
    expect(events.some(({ name }) => name === 'run.changed')).toBe(false);
    // the queue hears of it once all runs are known
    expect(onChange).toHaveBeenCalledOnce();
  });

  it('reads no run again that is as it was, and reads one that has changed', async () => {
    const runs = await makeRuns(3);
    const then = new Date(Date.now() - 60_000);
    for (const run of runs)
      for (const name of ['run.json', 'checkpoints', 'samples']) await utimes(join(run.folder, name), then, then);
    const first = await open();
    await first.watcher.start();
    await first.watcher.close();
    expect(first.reads).toHaveLength(3);
    await library.runs.update(runs[1]!.id, { notes: 'changed meanwhile' });
    const second = await open();
    await second.watcher.start();
    await second.watcher.complete;
    expect(second.reads).toEqual([runs[1]!.id]);
    const order = (a: StoredRun, b: StoredRun): number => (a.id < b.id ? -1 : 1);
    const asRead = await Promise.all(runs.map(({ id }) => library.runs.read(id)));
    expect(second.watcher.known().sort(order)).toEqual(asRead.sort(order));
  });

  it('sees later that a checkpoint was taken away', async () => {
    const [run] = await makeRuns(1);
    const file = join(run!.folder, 'checkpoints/epoch-0001.safetensors');
    await writeFile(file, '');
    const { watcher } = await open();
    await watcher.start();
    await watcher.complete;
    expect(watcher.known()[0]!.checkpoints).toHaveLength(1);
    await rm(file);
    await watcher.scan();
    expect(watcher.known()[0]!.checkpoints).toHaveLength(0);
  });
});

describe('a run that trains', () => {
  it('is told of with what was written of it before its steps', async () => {
    const [run] = await makeRuns(1);
    const lock = await lockRun(run!.folder);
    await library.runs.update(run!.id, { state: { status: 'training', startedAt: 1 } });
    const { watcher, events } = await open();
    await watcher.start();
    await watcher.complete;
    await library.runs.update(run!.id, { notes: 'begun' });
    const metrics = await openMetricsWriter(metricsFile(run!.folder));
    metrics.append({ step: 1, epoch: 1, loss: 1, learningRate: 1e-3, seconds: 1 });
    await metrics.close();
    const told = (): number => events.findIndex(({ name }) => name === 'run.metrics');
    await expect
      .poll(() => events[told() + 1], { timeout: 10_000 })
      .toMatchObject({ name: 'run.changed', payload: { notes: 'begun' } });
    expect(told()).toBeGreaterThanOrEqual(0);
    await lock.release();
  });
});

describe('the list', () => {
  it('comes in pages, newest first, each run once', async () => {
    await makeRuns(130);
    const { watcher } = await open();
    await watcher.start();
    await watcher.complete;
    const first = await listPage(watcher, undefined);
    expect(first.more).toBe(true);
    const last = first.runs.at(-1)!;
    const second = await listPage(watcher, last);
    expect(second.more).toBe(false);
    const all = [...first.runs, ...second.runs];
    expect(new Set(all.map(({ id }) => id)).size).toBe(130);
    expect(all.map(({ createdAt }) => createdAt)).toEqual(all.map(({ createdAt }) => createdAt).sort((a, b) => b - a));
  });

  it('misses none when one of its first page is deleted before the second is asked for', async () => {
    await makeRuns(80);
    const { watcher } = await open();
    await watcher.start();
    await watcher.complete;
    const first = await listPage(watcher, undefined);
    await library.runs.remove(first.runs[0]!.id);
    await watcher.scan();
    const second = await listPage(watcher, first.runs.at(-1));
    expect(new Set(namesOf([...first.runs, ...second.runs])).size).toBe(80);
  });
});
