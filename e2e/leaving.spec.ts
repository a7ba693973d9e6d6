import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { parseRecipe } from '#contract/recipe.ts';
import type { StandinApp } from './standin/launch.ts';
import { expect, test, type TestStudio } from './studio.ts';
import type { RunningDesktop } from './targets/desktop.ts';

/** What the desktop does about a training: only the stand-in sees what is asked of the system. */
async function open(studio: TestStudio): Promise<{ app: StandinApp; page: Page; of: (api: string) => unknown[] }> {
  test.skip(studio.target !== 'desktop', 'looks into the stand-in');
  const page = await studio.open();
  const { app } = studio.running as RunningDesktop;
  return { app, page, of: (api) => app.calls.filter((call) => call.api === api).flatMap(({ args }) => args) };
}
async function train(page: Page): Promise<void> {
  await page.evaluate(() => void (location.hash = '#/guide/1.2'));
  await page.getByRole('radio', { name: 'Quick look' }).click();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
}
const statusOf = ({ library }: TestStudio): string => {
  const [run] = readdirSync(join(library, 'runs'));
  const { state } = JSON.parse(readFileSync(join(library, 'runs', run!, 'run.json'), 'utf8')) as { state: { status: string } };
  return state.status;
};

test.describe.configure({ timeout: 180_000 });

test('a training shows on the taskbar, keeps the computer awake, and goes on when its window is closed', async ({ studio }) => {
  const { app, page, of } = await open(studio);
  await train(page);
  await expect.poll(() => of('powerSaveBlocker.start'), { timeout: 30_000 }).toEqual(['prevent-app-suspension']);
  await expect.poll(() => of('window.setProgressBar').some((share) => Number(share) > 0), { timeout: 30_000 }).toBe(true);

  // not now
  app.answer('dialog.showMessageBox', { response: 2 });
  app.closeWindow();
  await expect.poll(() => of('dialog.showMessageBox')).toHaveLength(1);
  expect(JSON.stringify(of('dialog.showMessageBox'))).toContain('is training');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();

  // it goes on without the window, which the tray brings back
  app.answer('dialog.showMessageBox', { response: 0 });
  app.closeWindow();
  await expect.poll(() => app.calls.some(({ api }) => api === 'window.hide')).toBe(true);
  expect(app.calls.filter(({ api }) => api === 'tray')).toHaveLength(1);
  expect(statusOf(studio)).toBe('training');
  const shown = app.calls.filter(({ api }) => api === 'window.show').length;
  app.menu('tray-open');
  await expect.poll(() => app.calls.filter(({ api }) => api === 'window.show').length).toBe(shown + 1);

  // once and for all, until it is taken back
  app.answer('dialog.showMessageBox', { response: 0, checkboxChecked: true });
  app.closeWindow();
  await expect.poll(() => app.calls.filter(({ api }) => api === 'window.hide')).toHaveLength(2);
  app.closeWindow();
  await expect.poll(() => app.calls.filter(({ api }) => api === 'window.hide')).toHaveLength(3);
  expect(of('dialog.showMessageBox').filter((args) => JSON.stringify(args).includes('is training'))).toHaveLength(3);
  await page.evaluate(() => void (location.hash = '#/settings'));
  const closing = page.getByRole('radiogroup', { name: 'Closing the window' });
  await expect(closing.getByRole('radio', { name: 'Keep training' })).toBeChecked();
  await closing.scrollIntoViewIfNeeded();
  await studio.shot('settings-closing');
  await closing.getByRole('radio', { name: 'Ask' }).click();
  const settings = () => readFileSync(join(studio.env['FROM_NOISE_CONFIG']!, 'settings.json'), 'utf8');
  await expect.poll(() => (JSON.parse(settings()) as { closing?: string }).closing).toBe('ask');
  app.answer('dialog.showMessageBox', { response: 2 });
  app.closeWindow();
  await expect
    .poll(() => of('dialog.showMessageBox').filter((args) => JSON.stringify(args).includes('is training')))
    .toHaveLength(4);

  // it ends by itself: asked to quit, it saves its place
  await page
    .getByRole('button', { name: /^Pause/ })
    .first()
    .click();
  await expect.poll(() => of('powerSaveBlocker.stop'), { timeout: 30_000 }).toHaveLength(1);
  expect(of('window.setProgressBar').at(-1)).toBe(-1);
  // who paused it knows that it ended
  expect(of('notification')).toEqual([]);
});

test('a run that ends while nobody looks is told of, and shown by a click', async ({ studio }) => {
  const { app, page, of } = await open(studio);
  app.blur();
  const recipe = parseRecipe({ width: 4, subset: 256, batchSize: 64, epochs: 1 });
  await page.evaluate(
    (input) =>
      (window as unknown as { studio: { invoke(name: string, input: unknown): unknown } }).studio.invoke('runs.create', input),
    { recipe, name: 'Short' },
  );
  await expect.poll(() => of('notification'), { timeout: 120_000 }).toHaveLength(1);
  expect(of('notification')[0]).toMatchObject({ title: 'Short is trained' });
  await page.evaluate(() => void (location.hash = '#/settings'));
  app.clickNotification();
  await expect(page).toHaveURL(/#\/runs\/denoiser-/);
});

test('a run that was passed on as a file is opened, and stands in the menu', async ({ studio }) => {
  test.skip(studio.target !== 'desktop', 'looks into the stand-in');
  const other = `${studio.library}-of-another`;
  const command = (...args: string[]): string =>
    execFileSync(process.execPath, ['out/main/cli.js', ...args], { env: studio.env, encoding: 'utf8' })
      .trimEnd()
      .split('\n')
      .at(-1)!;
  const small = ['width=4', 'subset=64', 'epochs=1', 'batchSize=32'].flatMap((setting) => ['--set', setting]);
  const run = command('train', 'denoiser', '--name', 'Passed on', ...small, '--library', other);
  const file = command('export', run, '--out', `${other}.fromnoise`);

  const { app, page, of } = await open(studio);
  app.startAgain(['electron', '.', file]);
  await expect(page).toHaveURL(/#\/runs\/denoiser-/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Passed on');
  await page.evaluate(() => void (location.hash = '#/guide'));
  const [id] = readdirSync(join(studio.library, 'runs'));
  await expect.poll(() => (app.menu(`recent-${id!}`), page.url())).toContain(`#/runs/${id!}`);

  // what is no run is refused in words
  app.answer('dialog.showOpenDialog', { canceled: false, filePaths: [join(run, 'run.json')] });
  app.menu('import');
  await expect.poll(() => JSON.stringify(of('dialog.showMessageBox'))).toContain('is no archive of a run');
  expect(readdirSync(join(studio.library, 'runs'))).toHaveLength(1);
});
