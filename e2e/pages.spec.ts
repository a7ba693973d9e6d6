import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { focusedNow } from './focus.ts';
import { expect, test, type TestStudio } from './studio.ts';

/**
 * Every page, light and dark, small and large: a picture for people to look at in test-results/pages, what axe finds, and
 * whether everything is reached by Tab. PICTURES_LIBRARY names a library to show instead of one with runs of seconds;
 * then the pictures of the documents are made anew too.
 */
const given = process.env['PICTURES_LIBRARY'];
/** pictures of the documents, out of those of the pages */
const IN_DOCUMENTS: Readonly<Record<string, string>> = {
  'first-start-light-large': 'first-start',
  'run-figures-light-large': 'run-figures',
  'handed-in': 'handed-in',
  'guide-unet-light-large': 'guide-first',
  'guide-class-light-large': 'guide-light',
  'guide-light-small': 'guide-denoiser',
  'run-light-large': 'run-light',
  'run-dark-small': 'run-small-dark',
  'compare-light-large': 'compare-light',
  'sample-dark-large': 'sample-dark',
  'playground-light-large': 'playground',
  'report-light-large': 'report',
  'report-page-light-large': 'report-page',
};
const SIZES = { small: { width: 960, height: 600 }, large: { width: 1440, height: 900 } } as const;
const THEMES = ['light', 'dark'] as const;

test.describe.configure({ timeout: 600_000 });

/** The runs that are shown: one on its page, two beside each other. */
interface Shown {
  run: string;
  compared: readonly [string, string];
}
/** Fills the library, and chooses among its runs. */
async function furnish(studio: TestStudio): Promise<Shown> {
  if (given !== undefined) await cp(given, studio.library, { recursive: true });
  else for (const what of ['class', 'denoiser', 'denoiser']) train(studio, [what, '--set', 'width=4']);
  const page = await studio.open();
  await page.evaluate(() => void (location.hash = '#/runs'));
  const rows = page.getByRole('table').getByRole('row').getByRole('link');
  await expect(rows.first()).toBeVisible();
  const links = await rows.evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
  await film(page);
  await draw(page);
  const ids = links.flatMap((link) => /#\/runs\/([\w-]+)$/.exec(link)?.[1] ?? []);
  return given === undefined ? { run: ids[0]!, compared: [ids[0]!, ids[1]!] } : await choose(studio.library, ids);
}
/** Of a person's own runs, newest first: the last denoiser that is done, and the last two that kept samples of every epoch. */
async function choose(library: string, ids: string[]): Promise<Shown> {
  const runs = await Promise.all(
    ids.map(async (id) => {
      const { recipe, state } = JSON.parse(await readFile(join(library, 'runs', id, 'run.json'), 'utf8')) as {
        recipe: { objective: string; epochs: number };
        state: { status: string };
      };
      const samples = await readdir(join(library, 'runs', id, 'samples'));
      const done = state.status === 'completed' && samples.length === recipe.epochs;
      return { id, denoises: recipe.objective === 'denoise', done };
    }),
  );
  const denoiser = runs.find(({ denoises, done }) => denoises && done);
  const [newer, older] = runs.filter(({ denoises, done }) => !denoises && done);
  if (denoiser === undefined || newer === undefined || older === undefined)
    throw new Error(`${library} needs a denoiser and two runs of part 2 that are done and have samples of all their epochs`);
  return { run: denoiser.id, compared: [older.id, newer.id] };
}
/** Samples a digit, so that the page has something to show: it stays while other pages are looked at. */
async function film(page: Page): Promise<void> {
  await page.evaluate(() => void (location.hash = '#/sample'));
  await page.getByRole('radio', { name: 'DDIM' }).click();
  const images = page.getByRole('spinbutton', { name: 'Images' });
  await images.fill('1');
  await images.blur();
  await page.getByRole('button', { name: /^Sample/ }).click();
  await expect(page.getByText(/^It took about/)).toBeVisible({ timeout: 120_000 });
}
/** Draws in the playground; it stays too. */
async function draw(page: Page): Promise<void> {
  await page.evaluate(() => void (location.hash = '#/playground'));
  await page.getByRole('button', { name: 'Start from a 7' }).click();
}
function train({ env }: TestStudio, what: string[]): void {
  const small = ['subset=256', 'epochs=2', 'batchSize=64'].flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, ['out/main/cli.js', 'train', ...what, ...small], { env, stdio: 'pipe' });
}
const pagesOf = ({ run, compared }: Shown): Record<string, string> => ({
  guide: '#/guide/1.2',
  'guide-unet': '#/guide/1.1',
  'guide-class': '#/guide/2.4',
  'guide-improved': '#/guide/improved',
  'noise-lab': '#/guide/noise-lab',
  'guide-inside': `#/guide/1.2?run=${run}#unet`,
  runs: '#/runs',
  run: `#/runs/${run}`,
  'run-figures': `#/runs/${run}#figures`,
  compare: `#/compare?runs=${compared.join()}`,
  'compare-wipe': `#/compare?runs=${compared.join()}&view=wipe`,
  'compare-difference': `#/compare?runs=${compared.join()}&view=difference`,
  sample: '#/sample',
  playground: '#/playground',
  report: '#/report',
  'report-page': '#/report?view=page',
  settings: '#/settings',
});

/** Opens a page and waits until what it shows has come. */
async function go(page: Page, route: string): Promise<void> {
  // another page first: a part of the guide that is still there has a heading, and a time, too
  await page.evaluate(() => void (location.hash = '#/settings'));
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await page.evaluate((hash) => void (location.hash = hash), route);
  if (route !== '#/settings') await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
  // no picture of a document shows a measurement under way
  if (given !== undefined && /^#\/guide\/[12]/.test(route))
    await expect(page.getByText(/^About /)).toBeVisible({ timeout: 120_000 });
  // the guide keeps places for what a run of seconds does not reach
  const waiting = page.getByRole('img', { name: /not there yet/ });
  if (route.endsWith('view=page'))
    await expect(page.getByRole('region', { name: 'The page as it will be' })).toHaveAttribute('aria-busy', 'false', {
      timeout: 60_000,
    });
  // the first look into a network loads it
  if (route.includes('#unet')) await expect(page.getByRole('option', { selected: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Drawing', { exact: true })).toHaveCount(0, { timeout: 60_000 });
  // the playground's first look loads a network
  if (!route.startsWith('#/guide')) await expect(waiting).toHaveCount(0, { timeout: 60_000 });
}

/** Takes a picture, as people see it who use a pointer: no ring marks the focus. */
async function take(page: Page, picture: string): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await mkdir('test-results/pages', { recursive: true });
  await page.screenshot({ path: `test-results/pages/${picture}.png` });
  const inDocuments = IN_DOCUMENTS[picture];
  if (given !== undefined && inDocuments !== undefined)
    await copyFile(`test-results/pages/${picture}.png`, `docs/images/${inDocuments}.png`);
}
/** Takes a page's pictures, light and dark, small and large; gives what is wrong with it. */
async function look(page: Page, pages: Record<string, string>): Promise<string[]> {
  const faults: string[] = [];
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const [name, route] of Object.entries(pages)) {
        await go(page, route);
        const picture = `${name}-${theme}-${size}`;
        await take(page, picture);
        // the figure alone: beside it stands what the documents have elsewhere
        if (given !== undefined && picture === 'guide-inside-light-large')
          await page.getByRole('region', { name: 'The UNet' }).screenshot({ path: 'docs/images/guide-inside.png' });
        const { violations } = await new AxeBuilder({ page }).analyze();
        for (const { id, impact, nodes } of violations)
          if (impact === 'serious' || impact === 'critical')
            faults.push(`${name}, ${theme}, ${size}: ${id} at ${nodes.map(({ html }) => html).join(' ')}`);
        const beside = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (beside > 0) faults.push(`${name}, ${theme}, ${size}: ${beside} pixels beside the window`);
        // it would stay open in the other parts
        if (name === 'guide-inside') await page.getByRole('button', { name: 'Close the network' }).click();
      }
    }
  }
  return faults;
}

test('every page has its picture, no fault that axe calls serious, and nothing beside the window', async ({ studio }) => {
  const shown = await furnish(studio);
  expect(await look(studio.running.page, pagesOf(shown))).toEqual([]);
});

test('the first start on an empty library says where one begins', async ({ studio }) => {
  const page = await studio.open();
  const welcome = page.getByRole('region', { name: 'Welcome to From Noise' });
  await expect(welcome).toBeVisible();
  expect(await look(page, { 'first-start': '#/guide/1.1' })).toEqual([]);
  await welcome.getByRole('link', { name: 'Train a denoiser' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Train a denoiser' })).toBeVisible();
  await expect(welcome).toBeHidden();
});

test('what is handed in has its picture in the documents', async ({ studio, browser }) => {
  test.skip(given === undefined, 'shows a library of one’s own');
  await cp(given!, studio.library, { recursive: true });
  const file = join(studio.library, 'report.html');
  execFileSync(process.execPath, ['out/main/cli.js', 'report', '--out', file, '--name', 'Ada Lovelace'], {
    env: studio.env,
    stdio: 'pipe',
  });
  const page = await browser.newPage({ viewport: SIZES.large });
  // at the first of the figures that a network made
  await page.goto(`${pathToFileURL(file).href}#denoiser-first`);
  await take(page, 'handed-in');
  await page.close();
});

/** Presses Tab until the focus is where it has been; gives what it was on, and what it should have been on. */
async function tabThrough(page: Page): Promise<{ missed: string[]; nameless: string[]; invisible: string[] }> {
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.querySelectorAll('[data-reached]').forEach((e) => e.removeAttribute('data-reached'));
    // what can be used now; what wakes up while Tab goes by may be missed
    const controls = 'a[href], button, input, select, textarea, [role=slider], [role=radio], [role=combobox], [role=checkbox]';
    for (const e of document.querySelectorAll<HTMLElement>(controls))
      if (!e.matches(':disabled, [aria-disabled=true], [data-disabled]') && e.checkVisibility({ visibilityProperty: true }))
        e.setAttribute('data-expected', '');
  });
  const invisible: string[] = [];
  const nameless: string[] = [];
  const MOST = 300;
  for (let i = 0; i < MOST; i++) {
    await page.keyboard.press('Tab');
    const stop = await focusedNow(page);
    if (stop?.again) break;
    if (stop === undefined) continue;
    if (!stop.ring) invisible.push(stop.html);
    if (stop.name === '') nameless.push(stop.html);
  }
  const missed = await page.evaluate(() => {
    return (
      [...document.querySelectorAll<HTMLElement>('[data-expected]')]
        // one stop for a group whose arrows move within it, if that stop is reached
        .filter((e) => {
          const group = e.closest(
            '[role=radiogroup], [role=tablist], [role=toolbar], [role=group]:has([data-reka-collection-item])',
          );
          return !(e.tabIndex < 0 && group?.querySelector('[data-reached]'));
        })
        .filter((e) => !e.hasAttribute('data-reached'))
        .map((e) => `${e.outerHTML.slice(0, 120)}… ${e.textContent}`)
    );
  });
  return { missed, nameless, invisible };
}

test('Tab reaches everything, which shows that it has the focus and has a name', async ({ studio }) => {
  const shown = await furnish(studio);
  const { page } = studio.running;
  await page.setViewportSize(SIZES.large);
  for (const [name, route] of Object.entries(pagesOf(shown))) {
    await go(page, route);
    expect(await tabThrough(page), name).toEqual({ missed: [], nameless: [], invisible: [] });
  }
});
