import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './studio.ts';

/** A student's first day, on a recipe of seconds: from noise to clean digits, interrupted twice. */

async function fill(page: Page, field: string, value: string): Promise<void> {
  const box = page.getByRole('spinbutton', { name: field });
  await box.fill(value);
  await box.blur();
}

/** Opens a part of the guide, by the path in the sidebar. */
async function openPart(page: Page, title: string): Promise<void> {
  await page.getByRole('link', { name: 'Guide', exact: true }).click();
  await page.getByRole('navigation', { name: 'Parts of the assignment' }).getByRole('link', { name: title }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

const results = (page: Page) => page.getByRole('region', { name: 'Results' });

/** Starts a denoiser that trains an epoch in about a second, and opens its run. */
async function train(page: Page, epochs: number): Promise<void> {
  await openPart(page, 'Train a denoiser');
  await page.getByRole('radio', { name: 'Quick look' }).click();
  await fill(page, 'Hidden width D', '8');
  await fill(page, 'Training digits', '1024');
  await fill(page, 'Epochs', String(epochs));
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page).toHaveURL(/#results$/);
  await results(page).getByRole('link', { name: 'Open run' }).click();
  await expect(page).toHaveURL(/runs/);
}

/** Training steps aside for everything else on the machine, so what waits for it is patient. */
const trained = { timeout: 90_000 };
test.describe.configure({ timeout: 300_000 });

/** The status word in the run's header. */
const status = (page: Page, word: string) =>
  expect(page.getByRole('main').getByText(word, { exact: true }).first()).toBeVisible(trained);

const runFolders = (library: string): string[] => readdirSync(join(library, 'runs')).sort();
const stepsOf = (library: string, id: string): number[] =>
  readFileSync(join(library, 'runs', id, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; loss?: number })
    .filter(({ loss }) => loss !== undefined)
    .map(({ step }) => step);

test('trains the denoiser of part 1 and saves its figures', async ({ studio }) => {
  const page = await studio.open();
  // the guide begins at its beginning, and leads on
  await expect(page.getByRole('heading', { level: 1, name: 'The UNet' })).toBeVisible();
  await page.getByRole('navigation', { name: 'Next and previous part' }).getByRole('link', { name: 'Train a denoiser' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Train a denoiser' })).toBeVisible();

  // the estimate is measured, and follows the recipe
  await page.getByRole('radio', { name: 'Quick look' }).click();
  await fill(page, 'Hidden width D', '8');
  await fill(page, 'Training digits', '1024');
  await expect(page.getByText(/^About /)).toBeVisible(trained);
  await expect(page.getByText(/80 steps/)).toBeVisible();

  // a bad value is refused in the words of the recipe
  await fill(page, 'Epochs', '0');
  await expect(page.getByRole('alert')).toContainText(/0.*whole number from 1 to 1000/s);
  await expect(page.getByRole('button', { name: 'Train', exact: true })).toBeDisabled();
  await studio.shot('guide-refused');

  await train(page, 3);
  await status(page, 'Finished');
  await expect(page.getByText('of 3', { exact: true })).toBeVisible();
  const row = (name: string | RegExp) => expect(page.getByRole('img', { name, exact: true })).toBeVisible();
  for (const name of ['Test digits', 'The same digits with noise', 'Denoised after epoch 3']) await row(name);
  // one slider for all of them, by the keyboard
  await page.getByRole('slider', { name: 'Epoch' }).press('Home');
  await row('Denoised after epoch 1');
  await expect(page.getByText(/^one digit after epoch 1;/)).toBeVisible();
  await page.getByRole('slider', { name: 'Epoch' }).press('End');
  await row('Denoised after epoch 3');
  await studio.shot('run-finished');

  // the loss that is shown is the loss that was written
  const [id] = runFolders(studio.library);
  expect(stepsOf(studio.library, id!)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));

  const figures = page.getByRole('region', { name: 'Figures' });
  await expect(figures.getByRole('button', { name: /Save/ })).toHaveCount(5);
  const names: string[] = [];
  for (let i = 0; i < 5; i++) {
    const button = figures.getByRole('button', { name: /Save/ }).nth(i);
    const { fileName, bytes } = await studio.running.saved(() => button.click());
    expect([...bytes.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    names.push(fileName);
  }
  expect(new Set(names).size).toBe(5);

  await page.emulateMedia({ colorScheme: 'dark' });
  await studio.shot('run-finished-dark');
  await page.emulateMedia({ colorScheme: 'light' });

  // at settings of one's own it is a preview of what the assignment asks for, and says why
  await openPart(page, 'Train a denoiser');
  const asked = page.getByRole('region', { name: 'Deliverables' });
  await expect(asked.getByText('1 of 5')).toBeVisible();
  await expect(asked.getByRole('listitem').filter({ hasText: 'Training loss' })).toContainText('Preview from');
  await expect(
    asked.getByText(
      'D = 8, not 128; batch size 64, not 256; learning rate 0.001, not 0.0001; 1,024 of 60,000 digits; epoch 3 of 5',
    ),
  ).toBeVisible();
  const figure = await studio.running.saved(() => results(page).getByRole('button', { name: 'Save PNG: Fig. 5' }).click());
  expect(figure.fileName).toMatch(/^figure-5-epoch-1.*\.png$/);
  await studio.shot('guide-results');
});

test('shows in the noise lab what the assignment asks for, and more', async ({ studio }) => {
  const page = await studio.open();
  await openPart(page, 'Noise lab');
  const sigma = page.getByRole('slider', { name: 'Noise σ' });
  const picture = page.getByRole('img', { name: /^Digit 7, z at/ });
  const pixels = () => picture.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const half = await pixels();
  await sigma.press('Home');
  await expect(page.getByRole('spinbutton', { name: 'Noise σ' })).toHaveValue('0');
  await expect.poll(pixels).not.toBe(half);
  await fill(page, 'Noise σ', '0.5');
  // the noise of a digit is its own: back at the same σ it is the same picture
  await expect.poll(pixels).toBe(half);
  await page.getByRole('slider', { name: 'Timestep t' }).press('End');
  await expect(page.getByRole('region', { name: 'At t = 300' })).toContainText('0.0481');
  await page.getByRole('radio', { name: 'Cosine' }).click();
  await expect(page.getByRole('region', { name: 'At t = 300' })).not.toContainText('0.0481');
  await studio.shot('noise-lab');
});

test('goes on where it was left', async ({ studio }) => {
  let page = await studio.open();
  await openPart(page, 'Time conditioning');
  await fill(page, 'Hidden width D', '24');
  await page.getByRole('button', { name: 'More settings' }).click();
  await page.getByRole('combobox', { name: 'Noise schedule' }).click();
  await page.getByRole('option', { name: 'Cosine' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page).toHaveURL(/settings/);
  const stored = () => JSON.parse(readFileSync(join(studio.env['FROM_NOISE_CONFIG']!, 'settings.json'), 'utf8')) as unknown;
  const drafts = { time: { preset: 'assigned', changes: { width: 24, schedule: 'cosine' } } };
  await expect.poll(stored).toMatchObject({ page: '/settings', part: '2.1', drafts });
  await studio.close();
  page = await studio.open();
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await page.getByRole('link', { name: 'Guide', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Time conditioning' })).toBeVisible();
  await expect(page.getByRole('spinbutton', { name: 'Hidden width D' })).toHaveValue('24');
  await expect(page.getByRole('combobox', { name: 'Noise schedule' })).toHaveText('Cosine');
});

test('trains part 2 in the guide, and compares what two networks draw', async ({ studio }) => {
  const page = await studio.open();
  await openPart(page, 'Class conditioning');
  // what is fed in lights up in the figure, and each block tells about itself
  const figure = page.getByRole('group', { name: /^UNet/ });
  await expect(figure.getByRole('img', { name: /FCBlock\(10, 128\)/ })).toBeVisible();
  await figure.getByRole('img', { name: /FCBlock\(10, 128\)/ }).press('End');
  await expect(page.getByText('ConvBlock(128, 64), Conv(64, 1)')).toBeVisible();

  await page.getByRole('radio', { name: 'Quick look' }).click();
  await fill(page, 'Hidden width D', '8');
  await fill(page, 'Timesteps T', '20');
  await fill(page, 'Training digits', '256');
  await fill(page, 'Epochs', '2');
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(results(page).getByText('Finished', { exact: true })).toBeVisible(trained);
  await expect(results(page).getByRole('img', { name: 'Samples after epoch 2: DDPM, 20 steps, γ = 5, seed 0' })).toBeVisible();
  await expect(page.getByText('A preview does not count: T = 20, not 300; D = 8, not 64; ')).toBeVisible();
  await studio.shot('guide-class');

  await fill(page, 'Seed', '181');
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Runs 2' })).toBeVisible();
  await expect(results(page).getByText('Finished', { exact: true })).toBeVisible(trained);
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await page.getByRole('button', { name: 'Compare the last two runs' }).click();
  await page.getByRole('slider', { name: 'Epoch' }).press('Home');
  for (const run of ['A', 'B'])
    await expect(page.getByRole('img', { name: `${run}: samples after epoch 1` })).toBeVisible(trained);
});

test('pauses, survives a crash, and goes on without a gap', async ({ studio }) => {
  let page = await studio.open();
  await train(page, 400);
  await status(page, 'Training');
  await expect(page.getByRole('img', { name: /^Denoised after epoch \d+$/ })).toBeVisible(trained);
  await studio.shot('run-training');

  await page.getByRole('main').getByRole('button', { name: 'Pause' }).click();
  await status(page, 'Paused');
  await page.getByRole('main').getByRole('button', { name: 'Resume' }).click();
  await status(page, 'Training');

  const [id] = runFolders(studio.library);
  const before = stepsOf(studio.library, id!).length;
  await expect.poll(() => stepsOf(studio.library, id!).length, trained).toBeGreaterThan(before + 20);
  await studio.kill();

  page = await studio.open();
  await page.getByRole('link', { name: /Runs/ }).click();
  await expect(page.getByRole('cell', { name: /Interrupted/ })).toBeVisible();
  await page.getByRole('table').getByRole('link').first().click();
  await studio.shot('run-interrupted');
  await page.getByRole('main').getByRole('button', { name: 'Resume' }).click();
  await status(page, 'Training');
  const after = stepsOf(studio.library, id!).length;
  await expect.poll(() => stepsOf(studio.library, id!).length, trained).toBeGreaterThan(after);

  await page.getByRole('main').getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Stop' }).click();
  await status(page, 'Stopped');
  const steps = stepsOf(studio.library, id!);
  expect(steps).toEqual(Array.from({ length: steps.length }, (_, i) => i + 1));
});

test('queues a second run behind the first', async ({ studio }) => {
  const page = await studio.open();
  await train(page, 400);
  await status(page, 'Training');
  await train(page, 1);
  await status(page, 'Queued');
  await page.getByRole('link', { name: /Runs/ }).click();
  await expect(page.getByRole('cell', { name: /Training/ })).toBeVisible();
  await expect(page.getByRole('cell', { name: /Queued/ })).toBeVisible();
  await studio.shot('runs-queue');

  // the first is paused: the second has its turn
  await page
    .getByRole('table')
    .getByRole('row', { name: /Training/ })
    .getByRole('link')
    .first()
    .click();
  await page.getByRole('main').getByRole('button', { name: 'Pause' }).click();
  await status(page, 'Paused');
  await page.getByRole('link', { name: /Runs/ }).click();
  await expect(page.getByRole('cell', { name: /Finished/ })).toBeVisible(trained);
});

test('watches a run of the command line live', async ({ studio }) => {
  const page = await studio.open();
  const out = execFileSync(
    process.execPath,
    ['out/main/cli.js', 'train', 'denoiser', '--preset', 'quick', '--set', 'width=4', '--set', 'subset=256', '--set', 'epochs=2'],
    { env: studio.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const folder = out.trim().split('\n').at(-1)!;
  expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['epoch-0001.safetensors', 'epoch-0002.safetensors']);
  await page.getByRole('link', { name: /Runs/ }).click();
  await expect(page.getByRole('cell', { name: /Finished/ })).toBeVisible();
});
