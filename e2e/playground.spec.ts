import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { expect, test, type TestStudio } from './studio.ts';

test.describe.configure({ timeout: 240_000 });
/** The first look loads a library and two networks. */
const looked = { timeout: 60_000 };

function train({ env }: TestStudio, part: string): void {
  const small = ['width=8', part === 'denoiser' ? 'subset=4096' : 'subset=1024', 'epochs=1', 'batchSize=64'].flatMap(
    (setting) => ['--set', setting],
  );
  execFileSync(process.execPath, ['out/main/cli.js', 'train', part, ...small], { env, stdio: 'pipe' });
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
  train(studio, 'denoiser');
  await page.getByRole('link', { name: 'Playground' }).click();
  await expect(page.getByText(/ms a look$/)).toBeVisible(looked);

  await drawSeven(page);
  await expect(image(page, /^Your drawing reads as: .*7: ([89]\d|100) %/)).toBeVisible();
  await settled(page);
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
  await expect(image(page, /^Your drawing reads as: nothing yet/)).toBeVisible();
  await page.getByRole('application').press(' ');
  for (let i = 0; i < 8; i++) await page.getByRole('application').press('ArrowDown');
  await expect(image(page, /^Your drawing reads as: 0: /)).toBeVisible();

  await page.getByRole('button', { name: 'Start from a 4' }).click();
  await expect(image(page, /^Your drawing reads as: .*4: ([89]\d|100) %/)).toBeVisible();
});

test('a network of part 2 denoises a drawing from t in steps, and walks between two noises', async ({ studio }) => {
  train(studio, 'class');
  const page = await studio.open();
  await page.getByRole('link', { name: 'Playground' }).click();
  await page.getByRole('button', { name: 'Start from a 7' }).click();
  await expect(image(page, /^Your drawing reads as: .*7: ([89]\d|100) %/)).toBeVisible(looked);
  await settled(page);
  await page.getByRole('button', { name: 'Denoise in steps' }).click();
  await expect(image(page, /^x at t 150$/)).toBeVisible(looked);
  // at its end what is held is what is seen
  expect(await pixels(page, /^x at t 0$/)).toBe(await pixels(page, /^What the network sees at t 0$/));
  expect(await pixels(page, /^What the network sees at t 150$/)).toBe(await pixels(page, /^What the network sees in it$/));

  await page.getByRole('tab', { name: 'Between two noises' }).click();
  await page.getByRole('combobox', { name: 'Class that it is told' }).click();
  await page.getByRole('option', { name: 'Told 3' }).click();
  await page.getByRole('button', { name: 'Walk from one to the other' }).click();
  await expect(image(page, /^Its image, 9 of 9$/)).toBeVisible(looked);
  const noises = await Promise.all([1, 5, 9].map((i) => pixels(page, new RegExp(`^Noise ${i} of 9$`))));
  expect(new Set(noises).size).toBe(3);
});
