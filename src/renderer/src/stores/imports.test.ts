// @vitest-environment happy-dom
import { createPinia } from 'pinia';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from 'vue';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { ImportOutcome, ImportProgress } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { useImports } from './imports.ts';
import { useNotices } from './notices.ts';
import { useRuns } from './runs.ts';

const file = (name: string): File => new File(['zip'], name);
const page = { render: () => null };

/** A window whose studio answers to each file as the test says. */
async function open(importFile: (file: File) => ImportOutcome | Promise<ImportOutcome>) {
  const scripted = scriptedLink(
    { 'runs.get': ({ id }) => scriptedRun(id, { name: `Run ${id}` }), 'imports.cancel': () => undefined },
    importFile,
  );
  openStudio(scripted.link);
  const history = createMemoryHistory();
  history.replace('/guide');
  const router: Router = createRouter({
    history,
    routes: [
      { path: '/guide', component: page },
      { path: '/sample', component: page },
      { path: '/runs', name: 'runs', component: page },
      { path: '/runs/:id', name: 'run', component: page },
    ],
  });
  const app = createApp(page).use(createPinia()).use(router);
  await router.isReady();
  const stores = app.runWithContext(() => ({ imports: useImports(), notices: useNotices(), runs: useRuns() }));
  opened.push(() => stores.imports.$dispose());
  return { scripted, router, ...stores };
}
const opened: (() => void)[] = [];
afterEach(() => opened.splice(0).forEach((close) => close()));

const done = (id: string, formerId?: string): ImportOutcome => ({ status: 'done', id, ...(formerId && { formerId }) });
const progress = (job: number, name: string, more: Partial<ImportProgress> = {}): ImportProgress => ({
  job,
  file: name,
  phase: 'receiving',
  bytes: 1,
  of: 4,
  ...more,
});
/** An answer that the test gives when it wants to. */
const later = () => Promise.withResolvers<ImportOutcome>();

describe('runs that come as files', () => {
  it('are shown when they are there: one by itself', async () => {
    const { imports, router, notices, runs } = await open(() => done('a'));
    await imports.take([file('a.fromnoise')]);
    expect(router.currentRoute.value.fullPath).toBe('/runs/a');
    expect(notices.list.map(({ tone, title, text }) => [tone, title, text])).toEqual([['ok', 'Run a is imported', undefined]]);
    expect(runs.byId.has('a')).toBe(true);
    expect(imports.shown).toBeUndefined();
  });

  it('are shown when they are there: several marked in the list, and said where they were here before', async () => {
    const { imports, router, notices, scripted } = await open(({ name }) =>
      name === 'a.fromnoise' ? done('a') : done('b-2', 'b'),
    );
    await imports.take([file('a.fromnoise'), file('B.FROMNOISE')]);
    expect(router.currentRoute.value.fullPath).toBe('/runs?marked=a,b-2');
    expect(notices.list[0]).toMatchObject({ title: '2 runs are imported', text: expect.stringMatching(/^1 of them/) as string });
    expect(scripted.asked.filter(({ name }) => name === 'a file').map(({ input }) => input)).toEqual([
      'a.fromnoise',
      'B.FROMNOISE',
    ]);
  });

  it('do not take a person away from where they have gone meanwhile', async () => {
    const answer = later();
    const { imports, router, notices } = await open(() => answer.promise);
    const taking = imports.take([file('a.fromnoise')]);
    await router.push('/sample');
    answer.resolve(done('a', 'a'));
    await taking;
    expect(router.currentRoute.value.fullPath).toBe('/sample');
    expect(notices.list[0]).toMatchObject({
      action: { label: 'Show' },
      text: expect.stringContaining('was here already') as string,
    });
    notices.list[0]!.action!.run();
    await vi.waitUntil(() => router.currentRoute.value.fullPath === '/runs/a');
  });

  it('are refused by name where they are none, and nothing of that is sent', async () => {
    const { imports, notices, scripted, router } = await open(() => done('a'));
    await imports.take(['photo.png', 'a.zip', 'b', 'c'].map(file));
    expect(notices.list.map(({ tone, title }) => [tone, title])).toEqual([['bad', 'Not taken: photo.png, a.zip, b and 1 more']]);
    expect(notices.list[0]!.text).toContain('.fromnoise');
    expect(scripted.asked).toEqual([]);
    await imports.take([]);
    expect(notices.list).toHaveLength(1);
    expect(router.currentRoute.value.fullPath).toBe('/guide');
  });

  it('that fail are told with message and hint, and the next is taken', async () => {
    const { imports, notices, router } = await open(({ name }) => {
      if (name === 'a.fromnoise') throw new StudioError('disk-full', 'There is no space left.', 'Free some.');
      return done('b');
    });
    await imports.take([file('a.fromnoise'), file('b.fromnoise')]);
    expect(notices.list.map(({ tone, title, text }) => [tone, title, text])).toEqual([
      ['bad', 'There is no space left.', 'Free some.'],
      ['ok', 'Run b is imported', undefined],
    ]);
    expect(router.currentRoute.value.fullPath).toBe('/runs/b');
  });

  it('are told of as the studio tells, one after another, and more can come', async () => {
    const answers = [later(), later(), later()];
    let asked = 0;
    const { imports, scripted } = await open(() => answers[asked++]!.promise);
    const taking = imports.take([file('a.fromnoise'), file('b.fromnoise')]);
    expect(imports.shown).toMatchObject({ file: 'a.fromnoise', place: 1, of: 2, progress: undefined });
    scripted.tell('import.progress', progress(7, 'a.fromnoise'));
    expect(imports.shown).toMatchObject({ progress: { phase: 'receiving', bytes: 1, of: 4 } });
    await imports.take([file('c.fromnoise')]);
    expect(imports.shown).toMatchObject({ place: 1, of: 3 });
    scripted.tell('import.ended', { job: 7, file: 'a.fromnoise', status: 'done' });
    answers[0]!.resolve(done('a'));
    await vi.waitUntil(() => asked === 2);
    expect(imports.shown).toMatchObject({ file: 'b.fromnoise', place: 2, of: 3, progress: undefined });
    for (const answer of answers) answer.resolve(done('b'));
    await taking;
    expect(asked).toBe(3);
  });

  it('are cancelled with what waits behind them, and nothing more is said of that', async () => {
    const answer = later();
    const { imports, scripted, notices, router } = await open(() => answer.promise);
    const taking = imports.take([file('a.fromnoise'), file('b.fromnoise')]);
    scripted.tell('import.progress', progress(7, 'a.fromnoise'));
    await imports.cancel();
    expect(imports.shown).toMatchObject({ isCancelling: true });
    expect(scripted.asked.at(-1)).toEqual({ name: 'imports.cancel', input: { job: 7 } });
    answer.reject(new StudioError('closed', 'It could not be sent.', 'Again.'));
    await taking;
    expect(notices.list.map(({ title }) => title)).toEqual(['The import was cancelled']);
    expect(scripted.asked.filter(({ name }) => name === 'a file')).toHaveLength(1);
    expect(router.currentRoute.value.fullPath).toBe('/guide');
  });

  it('are cancelled by another window, and what waits behind them is taken', async () => {
    const answer = later();
    const { imports, scripted, notices } = await open(({ name }) => (name === 'a.fromnoise' ? answer.promise : done('b')));
    const taking = imports.take([file('a.fromnoise'), file('b.fromnoise')]);
    scripted.tell('import.progress', progress(7, 'a.fromnoise'));
    scripted.tell('import.ended', { job: 7, file: 'a.fromnoise', status: 'cancelled' });
    answer.reject(new StudioError('closed', 'It could not be sent.', 'Again.'));
    await taking;
    expect(notices.list.map(({ title }) => title)).toEqual(['Run b is imported']);
  });

  it('are cancelled also before the studio has told of them', async () => {
    const answer = later();
    const { imports, scripted } = await open(() => answer.promise);
    const taking = imports.take([file('a.fromnoise')]);
    await imports.cancel();
    expect(scripted.count('imports.cancel')).toBe(0);
    scripted.tell('import.progress', progress(3, 'a.fromnoise', { phase: 'waiting' }));
    expect(scripted.count('imports.cancel')).toBe(1);
    answer.resolve({ status: 'cancelled' });
    await taking;
  });

  it('that another window or the menu takes in are told of too, and can be cancelled', async () => {
    const { imports, scripted, notices } = await open(() => done('a'));
    scripted.tell('import.progress', progress(1, 'one.fromnoise', { phase: 'unpacking' }));
    scripted.tell('import.progress', progress(2, 'two.fromnoise', { phase: 'waiting' }));
    expect(imports.shown).toMatchObject({ file: 'one.fromnoise', of: 2, isCancelling: false });
    await imports.cancel();
    expect(scripted.asked.map(({ input }) => input)).toEqual([{ job: 1 }, { job: 2 }]);
    for (const [job, name] of [[1, 'one.fromnoise'] as const, [2, 'two.fromnoise'] as const])
      scripted.tell('import.ended', { job, file: name, status: 'cancelled' });
    expect(imports.shown).toBeUndefined();
    expect(notices.list).toEqual([]);
  });
});
