import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { expect, test, type TestStudio } from './studio.ts';

test.describe.configure({ timeout: 240_000 });
/** The first look loads a library and two networks. */
const looked = { timeout: 60_000 };

function train({ env }: TestStudio): void {
  const small = ['width=8', 'subset=4096', 'epochs=1', 'batchSize=64'].flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, ['out/main/cli.js', 'train', 'denoiser', ...small], { env, stdio: 'pipe' });
}
const image = (page: Page, name: RegExp) => page.getByRole('img', { name });
const pixels = (page: Page, name: RegExp) => image(page, name).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

/** Waits until the network has seen what is there now. */
const settled = (page: Page) =>
  expect(page.getByRole('region', { name: 'What the network sees' })).toHaveAttribute('aria-busy', 'false', looked);

/** Draws a seven with the mouse. */
async function drawSeven(page: Page): Promise<void> {
  const pad = (await page.getByRole('application').boundingBox())!;
  const to = (x: number, y: number) => page.mouse.move(pad.x + (x / 28) * pad.width, pad.y + (y / 28) * pad.height, { steps: 8 });
  await to(8, 7);
  await page.mouse.down();
  await to(19, 7);
  await to(13, 22);
  await page.mouse.up();
}

test('a digit is drawn, noised and seen by a denoiser as it is drawn', async ({ studio }) => {
  const page = await studio.open();
  await page.getByRole('link', { name: 'Playground' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing to play with yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Train a denoiser' }).click();
  await expect(page).toHaveURL(/#\/guide\/1.2/);
  train(studio);
  await page.getByRole('link', { name: 'Playground' }).click();
  await expect(page.getByText(/ms, with the network’s opening$/)).toBeVisible(looked);

  await drawSeven(page);
  await expect(image(page, /^Your drawing reads as: .*7: ([89]\d|100) %/)).toBeVisible();
  await settled(page);
  await expect(page.getByText(/ms a look$/)).toBeVisible();
  const seen = await pixels(page, /^What the network sees in it/);
  const noisy = await pixels(page, /^The drawing with noise, σ = 0.50/);
  expect(noisy).not.toBe(seen);

  // another σ is another look, and the same one again is the same
  const sigma = page.getByRole('slider', { name: 'Noise σ' });
  await sigma.press('Home');
  await expect(image(page, /^The drawing with noise, σ = 0.00/)).toBeVisible();
  await expect.poll(() => pixels(page, /^What the network sees in it/)).not.toBe(seen);
  await sigma.press('End');
  await expect(page.getByText(/it is out of its distribution/)).toBeVisible();
  for (let i = 0; i < 30; i++) await sigma.press('ArrowLeft');
  await expect.poll(() => pixels(page, /^What the network sees in it/)).toBe(seen);
  await studio.shot('playground');

  // by keys alone
  await page.getByRole('button', { name: 'Clear' }).click();
  for (const what of ['Your drawing', 'What it sees'])
    await expect(image(page, new RegExp(`^${what} reads as: nothing yet`))).toBeVisible();
  await page.getByRole('application').press(' ');
  for (let i = 0; i < 8; i++) await page.getByRole('application').press('ArrowDown');
  await expect(image(page, /^Your drawing reads as: 0: /)).toBeVisible();

  await page.getByRole('button', { name: 'Start from a 4' }).click();
  await expect(image(page, /^Your drawing reads as: .*4: ([89]\d|100) %/)).toBeVisible();
});
