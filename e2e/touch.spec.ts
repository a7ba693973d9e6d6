import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CDPSession, Locator, Page } from '@playwright/test';
import { expect, test, type TestStudio } from './studio.ts';

test.describe.configure({ timeout: 240_000 });

/** A run of some seconds. */
function train({ env }: TestStudio, width: number): void {
  const small = [`width=${width}`, 'subset=256', 'epochs=3', 'batchSize=32', 'learningRate=0.01'];
  const settings = small.flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, ['out/main/cli.js', 'train', 'denoiser', ...settings], { env, stdio: 'pipe' });
}

/** A page for fingers: no mouse hovers over it. Buttons are clicked, since a tap on a busy machine may last, and is none then. */
async function touchPage(studio: TestStudio): Promise<{ page: Page; fingers: CDPSession }> {
  const opened = await studio.open();
  const browser = opened.context().browser()!;
  const context = await browser.newContext({ hasTouch: true, viewport: { width: 1280, height: 800 } });
  await context.addCookies(await opened.context().cookies());
  const page = await context.newPage();
  await page.goto(opened.url());
  return { page, fingers: await context.newCDPSession(page) };
}

/** One finger on its way over a page, with places in shares of an element's box; it is lifted at the last. */
async function drag(fingers: CDPSession, over: Locator, ...places: (readonly [x: number, y: number])[]): Promise<void> {
  await over.scrollIntoViewIfNeeded();
  const box = (await over.boundingBox())!;
  const at = ([x, y]: readonly [number, number]) => ({ x: box.x + x * box.width, y: box.y + y * box.height });
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    fingers.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', [at(places[0]!)]);
  for (const [i, to] of places.slice(1).entries()) {
    const from = places[i]!;
    for (let step = 1; step <= 8; step++)
      await touch('touchMove', [at([from[0] + ((to[0] - from[0]) * step) / 8, from[1] + ((to[1] - from[1]) * step) / 8])]);
  }
  await touch('touchEnd', []);
}
const valueOf = async (slider: Locator): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));

test('sliders, the wipe and the chart follow a finger, which also scrolls the page', async ({ studio }) => {
  train(studio, 4);
  train(studio, 6);
  const { page, fingers } = await touchPage(studio);
  await page.getByRole('link', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Compare the last two runs' }).click();
  await expect(page.getByRole('img', { name: 'A: denoised after epoch 3' })).toBeVisible();

  const epoch = page.getByRole('slider', { name: 'Epoch' });
  await drag(fingers, page.locator('[data-slider-impl]', { has: epoch }), [0.98, 0.5], [0.02, 0.5]);
  await expect(epoch).toHaveAttribute('aria-valuenow', '1');

  // where a finger taps the crosshair stays; where it goes sideways a part is chosen
  const chart = page.getByRole('slider', { name: 'Step on the loss curve' });
  await drag(fingers, chart, [0.5, 0.5]);
  await expect(chart.getByRole('table')).toBeVisible();
  const step = await valueOf(chart);
  await drag(fingers, chart, [0.8, 0.5]);
  expect(await valueOf(chart)).toBeGreaterThan(step);
  await drag(fingers, chart, [0.3, 0.5], [0.7, 0.5]);
  await expect(page.getByRole('button', { name: 'Whole run' })).toBeVisible();
  await page.getByRole('button', { name: 'Whole run' }).click();

  await page.getByRole('radio', { name: 'Wipe' }).click();
  const picture = page.getByRole('img', { name: /wiped over the other/ });
  const wipe = page.getByRole('slider', { name: 'Wipe' });
  await drag(fingers, picture, [0.5, 0.5], [0.25, 0.5]);
  await expect.poll(() => valueOf(wipe)).toBe(70);
  await drag(fingers, picture, [0.75, 0.5]);
  await expect.poll(() => valueOf(wipe)).toBe(210);
  // upwards it scrolls, where there is more than fits, and leaves the cut where it is
  await page.setViewportSize({ width: 960, height: 420 });
  const area = page.locator('.scroll-area', { has: picture });
  const before = await area.evaluate((element) => element.scrollTop);
  await drag(fingers, picture, [0.3, 0.8], [0.3, 0.2]);
  await expect.poll(() => area.evaluate((element) => element.scrollTop)).toBeGreaterThan(before);
  expect(await valueOf(wipe)).toBe(210);
});

test('a finger draws, and a second one does not end the stroke', async ({ studio }) => {
  train(studio, 4);
  const { page, fingers } = await touchPage(studio);
  await page.getByRole('link', { name: 'Playground' }).click();
  const pad = page.getByRole('application').locator('canvas');
  const ink = () => pad.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const blank = await ink();
  await drag(fingers, pad, [0.3, 0.3], [0.7, 0.3], [0.5, 0.8]);
  await expect.poll(ink).not.toBe(blank);
  await expect(page.getByRole('img', { name: /^Your drawing reads as: .*\d: \d+ %/ })).toBeVisible({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Clear' }).click();
  await expect.poll(ink).toBe(blank);
  const box = (await pad.boundingBox())!;
  const at = (id: number, x: number, y: number) => ({ id, x: box.x + x * box.width, y: box.y + y * box.height });
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { id: number; x: number; y: number }[]) =>
    fingers.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', [at(0, 0.2, 0.2)]);
  await touch('touchMove', [at(0, 0.4, 0.2)]);
  await touch('touchStart', [at(0, 0.4, 0.2), at(1, 0.8, 0.8)]);
  // what a move leaves out is lifted
  await touch('touchMove', [at(0, 0.4, 0.2)]);
  const sofar = await ink();
  await touch('touchMove', [at(0, 0.8, 0.2)]);
  await touch('touchEnd', []);
  await expect.poll(ink).not.toBe(sofar);
});

test('what a mouse finds by hovering is there for a finger', async ({ studio }) => {
  // a run of another machine holds the library's slot, so these two wait
  await mkdir(studio.library, { recursive: true });
  const holder = { host: 'elsewhere', pid: 1, startedAt: '', token: '0123456789abcdef' };
  await writeFile(join(studio.library, 'training.lock'), JSON.stringify(holder));
  for (const [i, name] of ['One', 'Two'].entries()) {
    const folder = join(studio.library, 'runs', `denoiser-0${i}`);
    await mkdir(folder, { recursive: true });
    const progress = { epoch: 0, step: 0, seconds: 0, epochLosses: [] };
    const state = { status: 'queued', queuedAt: 1000 + i };
    await writeFile(
      join(folder, 'run.json'),
      JSON.stringify({ format: 1, id: `denoiser-0${i}`, name, recipe: {}, state, progress, createdAt: i }),
    );
  }
  const { page } = await touchPage(studio);
  await page.getByRole('navigation').getByRole('link', { name: /Runs/ }).click();
  const later = page.getByRole('button', { name: 'One later in the queue' });
  await expect(later.locator('..')).toHaveCSS('opacity', '1');
  await later.click();
  await expect.poll(() => page.getByRole('table').getByRole('link').allTextContents()).toEqual(['Two', 'One']);
});
