import type { Page } from '@playwright/test';
import { expect, test } from './studio.ts';

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
