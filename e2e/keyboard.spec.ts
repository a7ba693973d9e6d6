import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expectFocus, expectFocusKept, tabTo } from './focus.ts';
import { expect, test, type TestStudio } from './studio.ts';

/** Everything by the keyboard alone. */

const palette = (page: Page) => page.getByRole('combobox', { name: 'Find a command' });

test('the command palette finds pages, settings and actions', async ({ studio }) => {
  const page = await studio.open();
  await page.keyboard.press('ControlOrMeta+k');
  await expect(palette(page)).toBeFocused();
  await studio.shot('palette');
  await page.keyboard.type('run');
  await expect(page.getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/runs$/);

  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('nothing of that name');
  await expect(page.getByRole('option')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();
});

test('digits open pages, and ? lists the keys; not while something is typed', async ({ studio }) => {
  const page = await studio.open();
  await page.keyboard.press('2');
  await expect(page).toHaveURL(/#\/runs$/);
  await page.keyboard.press('1');
  await expect(page).toHaveURL(/#\/guide/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('2');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page).toHaveURL(/#\/guide/);

  // a tooltip for who goes by the keyboard; Escape takes it away
  await page.getByRole('link', { name: 'From Noise' }).focus();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('tooltip')).toContainText('Find a page, a run or an action');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('tooltip')).toBeHidden();

  await page.getByRole('spinbutton').first().focus();
  await page.keyboard.press('2');
  await expect(page).toHaveURL(/#\/guide/);
});

/** Finds a command by some letters of it, and does it. */
async function command(page: Page, letters: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+k');
  await expect(palette(page)).toBeFocused();
  await page.keyboard.type(letters);
  await page.keyboard.press('Enter');
  await expect(palette(page)).toBeHidden();
}
const heading = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('heading', { level: 1, name });
function train({ env }: TestStudio, what: string[]): void {
  const small = ['width=4', 'subset=256', 'epochs=2', 'batchSize=64'].flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, ['out/main/cli.js', 'train', ...what, ...small], { env, stdio: 'pipe' });
}

test('a student goes from the first start to the report by the keyboard alone', async ({ studio }) => {
  test.setTimeout(300_000);
  for (const seed of ['1', '2']) train(studio, ['class', '--set', 'timesteps=20', '--seed', seed]);
  const page = await studio.open();
  const key = (name: string): Promise<void> => page.keyboard.press(name);
  const trained = { timeout: 90_000 };
  // it is for who has no run yet
  await expect(page.getByRole('link', { name: 'Runs 2' })).toBeVisible();
  await expect(page.getByText('Welcome to From Noise')).toBeHidden();

  await test.step('opens part 1.2, and trains a small recipe', async () => {
    await command(page, 'train a denoiser');
    await expectFocus(heading(page, 'Train a denoiser'));
    await tabTo(page.getByRole('radio', { name: 'As assigned' }));
    await key('ArrowRight');
    await expectFocus(page.getByRole('radio', { name: 'Quick look' }));
    for (const [field, value] of [
      ['Hidden width D', '8'],
      ['Epochs', '3'],
      ['Training digits', '512'],
    ] as const) {
      await tabTo(page.getByRole('spinbutton', { name: field }));
      await page.keyboard.type(value);
    }
    await tabTo(page.getByRole('button', { name: 'Train', exact: true }));
    await key('Enter');
    await expectFocus(page.getByRole('heading', { name: 'Results' }));
  });

  const main = page.getByRole('main');
  await test.step('pauses and resumes it, watches it finish, and moves through its epochs', async () => {
    const results = page.getByRole('region', { name: 'Results' });
    await tabTo(results.getByRole('link', { name: 'Open run' }));
    await key('Enter');
    await expectFocus(heading(page, /^Denoiser/));
    await tabTo(main.getByRole('button', { name: 'Pause' }));
    await key('Enter');
    await expectFocus(main.getByRole('button', { name: 'Resume' }));
    await key('Enter');
    await expect(main.getByText('Finished', { exact: true }).first()).toBeVisible(trained);
    // its button is gone: a control beside it has the focus
    await expectFocusKept(page);
    await tabTo(page.getByRole('slider', { name: 'Epoch' }));
    await key('Home');
    await expect(page.getByRole('img', { name: 'Denoised after epoch 1' })).toBeVisible();
    await key('End');
    await expect(page.getByRole('img', { name: 'Denoised after epoch 3' })).toBeVisible();
    await expectFocus(page.getByRole('slider', { name: 'Epoch' }));
  });

  await test.step('samples, and plays, pauses and scrubs the film', async () => {
    await key('4');
    await expectFocus(heading(page, 'Sample'));
    await key('ControlOrMeta+Enter');
    await expect(page.getByText(/^It took about/)).toBeVisible(trained);
    await expectFocus(heading(page, 'Sample'));
    const film = page.getByRole('slider', { name: 'Moment of the film' });
    await key('Space');
    await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
    await key('Space');
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
    await tabTo(film);
    await key('Home');
    await expect(film).toHaveAttribute('aria-valuenow', '0');
    await key('ArrowRight');
    await expect(film).toHaveAttribute('aria-valuenow', '1');
    await expectFocus(film);
  });

  await test.step('compares two runs, epoch by epoch', async () => {
    await command(page, 'compare the last two');
    await expectFocus(heading(page, 'Compare'));
    const epoch = page.getByRole('slider', { name: 'Epoch' });
    await tabTo(epoch);
    await key('Home');
    await expect(page.getByRole('img', { name: /after epoch 1$/ }).first()).toBeVisible(trained);
    await key('ArrowRight');
    await expect(page.getByRole('img', { name: /after epoch 2$/ }).first()).toBeVisible(trained);
  });

  await test.step('writes the report', async () => {
    await key('6');
    await expectFocus(heading(page, 'Report'));
    const write = page.getByRole('button', { name: 'Write page and figures' });
    await tabTo(page.getByRole('textbox', { name: 'Your name' }));
    await page.keyboard.type('Ada Lovelace');
    await tabTo(write, 'Shift+Tab');
    await key('Enter');
    await expect(page.getByRole('complementary', { name: 'Report' }).getByRole('status')).toContainText('Written', trained);
    await expectFocus(write);
    expect(await readdir(join(studio.library, 'reports'))).toHaveLength(1);
  });
});

test('the focus goes on from what is gone: a dialog, a renamed or a deleted run, a page', async ({ studio }) => {
  test.setTimeout(120_000);
  for (const name of ['one', 'two', 'three']) train(studio, ['denoiser', '--name', name]);
  const page = await studio.open();
  const key = (name: string): Promise<void> => page.keyboard.press(name);
  const more = (name: string) => page.getByRole('button', { name: `More for ${name}` });
  await key('2');
  await expectFocus(heading(page, 'Runs'));

  // a dialog gives it back to its button, or to what was looked at before the keys opened it
  await tabTo(page.getByRole('button', { name: 'Trash', exact: true }));
  await key('Enter');
  await expect(page.getByRole('dialog', { name: 'Trash' })).toBeVisible();
  await key('Escape');
  await expectFocus(page.getByRole('button', { name: 'Trash', exact: true }));
  await command(page, 'keyboard shortcuts');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await key('Escape');
  await expectFocus(page.getByRole('button', { name: 'Trash', exact: true }));

  await tabTo(more('two'));
  await key('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.type('Ren');
  await key('Enter');
  await expectFocus(page.getByRole('textbox', { name: 'Name of two' }));
  await page.keyboard.type('second');
  await key('Enter');
  await expectFocus(page.getByRole('link', { name: 'second', exact: true }));

  await tabTo(more('second'));
  await key('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.type('Del');
  await key('Enter');
  // the newest stands first
  await expectFocus(more('one'));
  // and back, by the notice
  await key('F8');
  await tabTo(page.getByRole('button', { name: 'Undo' }));
  await key('Enter');
  await expect(more('second')).toBeVisible();
  await expectFocus(more('one'));

  await key('ControlOrMeta+,');
  await expectFocus(heading(page, 'Settings'));
  await page.goBack();
  await expectFocus(heading(page, 'Runs'));
});
