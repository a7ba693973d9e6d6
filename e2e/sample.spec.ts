import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { decode } from 'fast-png';
import { expect, test, type TestStudio } from './studio.ts';

test.describe.configure({ timeout: 240_000 });
/** Sampling steps aside for everything else on the machine, so what waits for it is patient. */
const sampled = { timeout: 90_000 };

function train({ env }: TestStudio, part: string): void {
  const small = ['width=4', 'subset=256', 'epochs=2', 'batchSize=64'].flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, ['out/main/cli.js', 'train', part, ...small], { env, stdio: 'pipe' });
}
const onlyRun = ({ library }: TestStudio): string => readdirSync(join(library, 'runs'))[0]!;
async function fill(page: Page, field: string, value: string): Promise<void> {
  const box = page.getByRole('spinbutton', { name: field });
  await box.fill(value);
  await box.blur();
}

test('a digit is sampled once more, swept and cancelled, and its network is scored', async ({ studio }) => {
  train(studio, 'class');
  const page = await studio.open();
  await page.getByRole('link', { name: 'Sample', exact: true }).click();
  await page.getByRole('button', { name: '3', exact: true }).click();
  await page.getByRole('radio', { name: 'DDIM' }).click();
  await fill(page, 'Steps', '12');
  await fill(page, 'Images', '1');
  await page.getByRole('button', { name: /^Sample/ }).click();
  await expect(page.getByText(/^It took about/)).toBeVisible(sampled);
  const pixels = (name: RegExp) =>
    page.getByRole('img', { name }).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const held = await pixels(/^what the sampler holds/);

  // the same request gives the same image
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible();
  await expect(page.getByText(/^It took about/)).toBeVisible(sampled);
  expect(await pixels(/^what the sampler holds/)).toBe(held);

  // steps side by side from the same noise: the column of those that were chosen is the same image
  await page.getByRole('button', { name: 'Steps', exact: true }).click();
  const column = (steps: number) => pixels(new RegExp(`^Samples, ${steps} steps$`));
  await expect(page.getByRole('button', { name: 'Cancel the sweep' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Cancel the sweep' })).toBeHidden(sampled);
  expect(await column(12)).toBe(held);
  const columns = await Promise.all([2, 5, 10, 12, 25, 50, 100, 300].map(column));
  expect(new Set(columns).size).toBe(columns.length);
  const sweep = await studio.running.saved(() => page.getByRole('button', { name: 'Save PNG' }).click());
  expect(sweep.fileName).toMatch(/epoch-2-steps-seed-180\.png$/);
  const strip = decode(sweep.bytes);
  expect([strip.width, strip.height]).toEqual([8 * (112 + 12) + 12, 40 + 112 + 12]);
  await page.getByRole('button', { name: 'Back to the film' }).click();
  expect(await pixels(/^what the sampler holds/)).toBe(held);

  await page.getByRole('radio', { name: 'DDPM' }).click();
  await fill(page, 'Images', '40');
  await page.getByRole('button', { name: /^Sample/ }).click();
  await expect(page.getByText(/^Step \d+ of 300/)).toBeVisible(sampled);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled. What had come stays.')).toBeVisible();
  const film = page.getByRole('slider', { name: 'Moment of the film' });
  expect(Number(await film.getAttribute('aria-valuenow'))).toBeLessThan(50);

  // the digit scorer judges the checkpoint while one looks elsewhere
  await page.evaluate((id) => void (location.hash = `#/runs/${id}`), onlyRun(studio));
  const scores = page.getByRole('region', { name: 'Scores' });
  await scores.getByRole('combobox', { name: 'How many samples are scored' }).click();
  await page.getByRole('option', { name: '40 samples' }).click();
  await scores.getByRole('button', { name: 'Score all' }).click();
  await expect(scores.getByRole('progressbar', { name: 'The scoring' })).toBeVisible();
  await page.getByRole('link', { name: 'Sample', exact: true }).click();
  await page.evaluate(() => history.back());
  // a score is there as soon as its epoch has been read
  await expect(scores.getByRole('row', { name: /^1 .* 40 samples, ddpm × 300, γ = 5$/ })).toBeVisible({ timeout: 120_000 });
  await expect(scores.getByRole('progressbar', { name: 'The scoring' })).toBeVisible();
  await expect(scores.getByRole('row', { name: /^2 .* 40 samples/ })).toBeVisible({ timeout: 120_000 });
  await expect(scores.getByRole('row', { name: /^Real digits .* chance 10.0 %/ })).toBeVisible();
});

test('without a network of part 2 it says what is missing', async ({ studio }) => {
  const page = await studio.open();
  await page.getByRole('link', { name: 'Sample', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Nothing to sample from yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Open part 2.2' }).click();
  await expect(page).toHaveURL(/#\/guide\/2\.2$/);
});
