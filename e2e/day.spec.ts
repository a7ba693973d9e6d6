import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { decode } from 'fast-png';
import { decodeGif } from './gif.ts';
import { expect, test, type TestStudio } from './studio.ts';
import { readReport } from './written-report.ts';

/** A student's first day, on a recipe of seconds: from noise to what is handed in, interrupted twice. */

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
  await expect(page.getByRole('alert')).toHaveText('A whole number from 1 to 1000');
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
      'D = 8, not 128; batch size 64, not 256; learning rate 0.001, not 0.0001; 1,024 of 60,000 digits; 3 of 5 epochs',
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

test('trains part 2 in the guide, compares what two networks draw, samples, plays, and hands in', async ({ studio, browser }) => {
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

  await test.step('looks into the network', () => lookInside(studio, page));
  await test.step('samples a digit, and saves its film', () => sampleAndSave(studio, page));
  await test.step('plays with the network', () => play(page));
  await test.step('hands in the report', () => handIn(studio, browser, page));
});

const pixels = (page: Page, name: RegExp) =>
  page.getByRole('img', { name }).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

/** Looks into the network in the guide's figure: what each block makes of a digit, and what telling it the class changes. */
async function lookInside(studio: TestStudio, page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Guide', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Class conditioning' })).toBeVisible();
  await page.getByRole('button', { name: 'Look inside' }).click();
  const figure = page.getByRole('group', { name: /^UNet/ });
  const maps = (block: RegExp) => page.getByRole('listbox', { name: block }).getByRole('option');
  await expect(maps(/FCBlock\(10, 16\)/)).toHaveCount(16, trained);

  // another digit is another picture; the keys lead through the blocks
  const enlarged = () => pixels(page, /^Channel \d+ of ConvBlock\(1, 8\)$/);
  await figure.getByRole('button', { name: /FCBlock\(10, 16\)/ }).press('Home');
  await expect(maps(/ConvBlock\(1, 8\)/)).toHaveCount(8);
  const seven = await enlarged();
  await page.getByRole('button', { name: 'Look at a 3' }).click();
  await expect.poll(enlarged).not.toBe(seven);
  await maps(/ConvBlock\(1, 8\)/)
    .first()
    .click();
  await expect(page.getByRole('img', { name: 'Channel 1 of ConvBlock(1, 8)' })).toBeVisible();

  // of the class the network hears where it is told, and not before
  await page.getByRole('combobox', { name: 'What it is told instead, to compare' }).click();
  await page.getByRole('option', { name: 'Against no class' }).click();
  await expect(figure.getByRole('button', { name: /^DownBlock\(8, 8\).*; changes by 0 %/ })).toBeVisible(trained);
  await expect(figure.getByRole('button', { name: /^FCBlock\(10, 16\).*; changes by (< 1|[1-9]\d*) %/ })).toBeVisible();
  await studio.shot('inside');

  // from a run's page, at one of its epochs
  await page.getByRole('link', { name: 'Open run' }).click();
  await page.getByRole('button', { name: 'More for the checkpoint of epoch 1' }).click();
  await page.getByRole('menuitem', { name: 'Look inside' }).click();
  await expect(page.getByRole('combobox', { name: 'Checkpoint' })).toHaveText('Epoch 1');
  await expect(maps(/FCBlock\(10, 16\)/)).toHaveCount(16, trained);
}

/** Watches a digit come out of the noise, forth and back, and saves picture and film. */
async function sampleAndSave(studio: TestStudio, page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Sample', exact: true }).click();
  await page.getByRole('button', { name: '3', exact: true }).click();
  await page.getByRole('radio', { name: 'DDIM' }).click();
  await fill(page, 'Steps', '12');
  await fill(page, 'Images', '1');
  await page.getByRole('button', { name: /^Sample/ }).click();
  await expect(page.getByText(/^It took about/)).toBeVisible(trained);
  await expect(page.getByText('DDIM, 12 steps, γ = 5, seed 180')).toBeVisible();

  // it ends at the image, where what the sampler holds is what the network sees
  const film = page.getByRole('slider', { name: 'Moment of the film' });
  await expect(film).toHaveAttribute('aria-valuetext', 't 0 of 20');
  await expect(film).toHaveAttribute('aria-valuenow', '12');
  const held = await pixels(page, /^what the sampler holds/);
  expect(await pixels(page, /^what the network sees/)).toBe(held);
  await studio.shot('sample');

  // back to the noise, and step by step on
  await film.press('Home');
  await expect(film).toHaveAttribute('aria-valuetext', 't 20 of 20');
  expect(await pixels(page, /^what the sampler holds/)).not.toBe(held);
  await film.press('ArrowRight');
  await expect(film).toHaveAttribute('aria-valuenow', '1');
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(film).toHaveAttribute('aria-valuenow', '12');

  const { fileName, bytes } = await studio.running.saved(() => page.getByRole('button', { name: 'Save PNG' }).click());
  expect(fileName).toMatch(/epoch-2-seed-180-t-0\.png$/);
  // 28 pixels, eight times
  const png = decode(bytes);
  expect([png.width, png.height]).toEqual([224, 224]);

  // the film as a GIF: what it shows, how large and how fast are chosen
  await page.getByRole('button', { name: 'Save GIF' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as GIF' });
  await dialog.getByRole('radio', { name: '25' }).click();
  await dialog.getByRole('combobox', { name: 'Size' }).click();
  await page.getByRole('option', { name: '224 × 224 pixels' }).click();
  const saved = await studio.running.saved(() => dialog.getByRole('button', { name: 'Save GIF' }).click());
  await expect(dialog).toBeHidden();
  expect(saved.fileName).toMatch(/epoch-2-seed-180\.gif$/);
  const gif = await decodeGif(page, saved.bytes);
  expect([gif.width, gif.height]).toEqual([224, 224]);
  expect(gif.frames.map(({ milliseconds }) => milliseconds)).toEqual([...new Array<number>(12).fill(40), 1500]);
  // it ends at the picture's very pixels, and begins with noise: mean and deviation of N(0, 1) in the window at t = T, clipped
  expect(gif.frames.at(-1)!.grey).toEqual([...png.data].filter((_, i) => i % png.channels === 0));
  const noise = gif.frames[0]!.grey;
  const mean = noise.reduce((sum, v) => sum + v, 0) / noise.length;
  const deviation = Math.sqrt(noise.reduce((sum, v) => sum + (v - mean) ** 2, 0) / noise.length);
  expect([Math.abs(mean - 90), Math.abs(deviation - 84)].map((off) => off < 8)).toEqual([true, true]);
  // and every frame is another one
  expect(new Set(gif.frames.map(({ grey }) => grey.join())).size).toBe(13);
}

/** Starts from a digit, draws over it, lets the network denoise it in steps, and walks between two noises. */
async function play(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Playground' }).click();
  await page.getByRole('button', { name: 'Start from a 7' }).click();
  const reading = page.getByRole('img', { name: /^Your drawing reads as/ });
  await expect(reading).toHaveAccessibleName(/7: ([89]\d|100) %/, trained);
  const before = await reading.getAttribute('aria-label');
  const pad = (await page.getByRole('application').boundingBox())!;
  await page.mouse.move(pad.x + pad.width / 4, pad.y + pad.height / 2);
  await page.mouse.down();
  await page.mouse.move(pad.x + (3 * pad.width) / 4, pad.y + pad.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(reading).not.toHaveAccessibleName(before!);
  await expect(page.getByRole('region', { name: 'What the network sees' })).toHaveAttribute('aria-busy', 'false', trained);

  await page.getByRole('button', { name: 'Denoise in steps' }).click();
  await expect(page.getByRole('img', { name: 'x at t 0' })).toBeVisible(trained);
  // at its end what is held is what is seen, and it begins with what was seen at once
  expect(await pixels(page, /^x at t 0$/)).toBe(await pixels(page, /^What the network sees at t 0$/));
  expect(await pixels(page, /^What the network sees at t 10$/)).toBe(await pixels(page, /^What the network sees in it$/));

  await page.getByRole('tab', { name: 'Between two noises' }).click();
  await page.getByRole('combobox', { name: 'Class that it is told' }).click();
  await page.getByRole('option', { name: 'Told 3' }).click();
  await page.getByRole('button', { name: 'Walk from one to the other' }).click();
  await expect(page.getByRole('img', { name: 'Its image, 9 of 9' })).toBeVisible(trained);
  const noises = await Promise.all([1, 5, 9].map((i) => pixels(page, new RegExp(`^Noise ${i} of 9$`))));
  expect(new Set(noises).size).toBe(3);
}

/** Puts the report together out of the two runs, writes it, and reads it as its reader will. */
async function handIn(studio: TestStudio, browser: Browser, page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Report' }).click();
  const entry = (id: string) => page.locator(`#report-${id}`);
  // what there is, and what it is worth
  await expect(entry('noising')).toContainText('Complete');
  await expect(entry('class-loss')).toContainText('It does not count: T = 20, not 300; D = 8, not 64');
  await expect(entry('time-loss')).toContainText('Missing');
  const aside = page.getByRole('complementary', { name: 'Report' });
  await expect(aside).toContainText(/Complete\s*1\s*Preview\s*2\s*Missing\s*6/);
  await expect(aside.getByRole('listitem').first()).toHaveText('Fig. 4, Train a denoiser');

  // the one that comes closest serves where none counts; one is chosen, captions and name are written
  const served = page.getByRole('combobox', { name: 'Run of Fig. 11' });
  await expect(served).toHaveText(/^Best: Class, D = 8/);
  await served.click();
  await page
    .getByRole('option', { name: /^Class, D = 8/ })
    .filter({ hasNotText: '(2)' })
    .click();
  await expect(served).toHaveText('Class, D = 8');
  await page.getByRole('textbox', { name: 'Caption of Fig. 11' }).fill('It falls, <slowly>.');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  // the page is seen before it is written
  await page.getByRole('radio', { name: 'Page' }).click();
  const preview = page.getByRole('region', { name: 'The page as it will be' });
  await expect(preview).toHaveAttribute('aria-busy', 'false', trained);
  await expect(preview.locator('#class-loss')).toContainText('It falls, <slowly>.');
  await expect(preview.getByText('Ada Lovelace')).toBeVisible();
  await expect(preview.getByRole('img')).toHaveCount(4);
  await preview.getByRole('link', { name: 'Figure 10: Training loss, time model' }).click();
  await expect(preview.locator('#time-loss')).toBeInViewport();
  await expect(page).toHaveURL(/#\/report\?view=page$/);
  await studio.shot('report-preview');
  // from what is missing to the button that makes it
  await aside.getByRole('button', { name: 'Fig. 4, Train a denoiser' }).click();
  await expect(page.getByRole('button', { name: 'Train as assigned: Training loss, Train a denoiser' })).toBeFocused();
  await page.getByRole('button', { name: 'Write page and figures' }).click();
  await expect(aside.getByRole('status')).toContainText('Written', { timeout: 60_000 });
  const [written] = readdirSync(join(studio.library, 'reports'));
  const folder = join(studio.library, 'reports', written!);
  const figures = readdirSync(join(folder, 'figures'));
  expect(figures.filter((name) => name.endsWith('.png'))).toHaveLength(3);
  expect(figures.filter((name) => name.endsWith('.gif'))).toHaveLength(1);
  const { fileName, bytes } = await studio.running.saved(() => page.getByRole('button', { name: 'Save web page' }).click());
  expect(fileName).toBe('report.html');
  expect(new TextDecoder().decode(bytes)).toContain('Ada Lovelace');
  await studio.shot('report');

  // what is kept is there after a reload
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ada Lovelace');
  await expect(page.getByRole('textbox', { name: 'Caption of Fig. 11' })).toHaveValue('It falls, <slowly>.');
  await expect(served).toHaveText('Class, D = 8');
  const stored = (...path: string[]) => JSON.parse(readFileSync(join(studio.library, ...path), 'utf8')) as unknown;
  const { runs } = stored('report.json') as { runs: Record<string, string> };
  expect(stored('runs', runs['class-loss']!, 'run.json')).toMatchObject({ recipe: { seed: 180 } });

  await readReport(browser, join(folder, 'report.html'), { pictures: 4, moving: 1 }, async (report) => {
    await expect(report.getByText('Ada Lovelace')).toBeVisible();
    const loss = report.locator('#class-loss');
    await expect(loss).toContainText('It falls, <slowly>.');
    await expect(loss).toContainText('Preview, which does not count: T = 20, not 300; D = 8, not 64');
    await expect(loss).toContainText(/D = 8, 2 epochs, 256 digits, \w+, onnx-cpu; run “Class, D = 8”/);
    await expect(report.locator('#time-loss')).toContainText('Missing.');
  });
}

test('pauses, survives a crash, and goes on without a gap', async ({ studio }) => {
  let page = await studio.open();
  await train(page, 400);
  await status(page, 'Training');
  await expect(page.getByRole('img', { name: /^Denoised after epoch \d+$/ })).toBeVisible(trained);
  await studio.shot('run-training');

  // what changes can't be passed on
  await page.getByRole('button', { name: /^More for Denoiser/ }).click();
  await page.getByRole('menuitem', { name: 'Export as a file' }).click();
  await expect(page.getByText(/^".*" is training: its files change\.$/)).toBeVisible();

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
