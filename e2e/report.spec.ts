import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type TestStudio } from './studio.ts';

/** Seconds long, so nothing of it counts. */
function train({ env }: TestStudio, what: string[]): void {
  const small = ['width=4', 'subset=256', 'epochs=2', 'batchSize=64'].flatMap((setting) => ['--set', setting]);
  execFileSync(process.execPath, ['out/main/cli.js', 'train', ...what, ...small], { env, stdio: 'pipe' });
}
test.describe.configure({ timeout: 240_000 });

test('a report is put together, written, and read in a browser, on a phone and on paper, by itself', async ({
  studio,
  browser,
}) => {
  train(studio, ['denoiser', '--name', 'Small']);
  train(studio, ['denoiser', '--name', 'Newer']);
  train(studio, ['class', '--name', 'With the class', '--set', 'timesteps=20']);
  const page = await studio.open();
  await page.evaluate(() => void (location.hash = '#/report'));
  const entry = (id: string) => page.locator(`#report-${id}`);

  // what there is, and what it is worth
  await expect(entry('noising')).toContainText('Complete');
  await expect(entry('denoiser-last')).toContainText('It does not count: D = 4, not 128');
  await expect(entry('time-loss')).toContainText('Missing');
  const aside = page.getByRole('complementary', { name: 'Report' });
  await expect(aside).toContainText(/Complete\s*1\s*Preview\s*6\s*Missing\s*2/);
  await expect(aside.getByRole('listitem')).toHaveText(['Fig. 10, Training', 'Samples after epochs 5 and 20, Sampling']);

  // the newest serves where none counts; another one is chosen, captions and name are written
  const served = page.getByRole('combobox', { name: 'Run of Fig. 4' });
  await expect(served).toHaveText('Best: Newer');
  await served.click();
  await page.getByRole('option', { name: 'Small' }).click();
  await expect(served).toHaveText('Small');
  await page.getByRole('textbox', { name: 'Caption of Fig. 4' }).fill('It falls, <slowly>.');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Write page and figures' }).click();
  await expect(aside.getByRole('status')).toContainText('Written', { timeout: 60_000 });
  const [written] = await readdir(join(studio.library, 'reports'));
  const folder = join(studio.library, 'reports', written!);
  const figures = await readdir(join(folder, 'figures'));
  expect(figures.filter((name) => name.endsWith('.png'))).toHaveLength(7);
  expect(figures.filter((name) => name.endsWith('.gif'))).toHaveLength(1);
  const { fileName, bytes } = await studio.running.saved(() => page.getByRole('button', { name: 'Save web page' }).click());
  expect(fileName).toBe('report.html');
  expect(new TextDecoder().decode(bytes)).toContain('Ada Lovelace');
  await studio.shot('report');

  // what is kept is there after a reload
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ada Lovelace');
  await expect(page.getByRole('textbox', { name: 'Caption of Fig. 4' })).toHaveValue('It falls, <slowly>.');
  await expect(served).toHaveText('Small');

  const address = pathToFileURL(join(folder, 'report.html')).href;
  for (const [name, viewport, media] of [
    ['phone', { width: 390, height: 844 }, 'screen'],
    ['large', { width: 1280, height: 900 }, 'screen'],
    ['print', { width: 794, height: 1123 }, 'print'],
  ] as const) {
    // without JavaScript of its own nothing is lost; axe's is brought in by the test
    const context = await browser.newContext({ viewport, offline: true });
    const report = await context.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    report.on('request', (request) => asked.push(request.url()));
    report.on('console', (message) => complaints.push(message.text()));
    await report.emulateMedia({ media });
    await report.goto(address);
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([address]);
    const pictures = await report.evaluate(async () => {
      await Promise.all([...document.images].map((image) => image.decode()));
      return [...document.images].map((image) => ({
        seen: image.checkVisibility(),
        moves: image.src.startsWith('data:image/gif'),
        width: image.naturalWidth,
        declared: Number(image.getAttribute('width')),
      }));
    });
    expect(pictures).toHaveLength(9); // eight figures, and the still of the GIF
    for (const { width, declared } of pictures) expect(width).toBe(declared);
    expect(pictures.filter(({ moves, seen }) => moves && seen)).toHaveLength(media === 'print' ? 0 : 1);
    expect(pictures.filter(({ seen }) => seen)).toHaveLength(8);
    expect(await report.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await expect(report.getByText('Ada Lovelace')).toBeVisible();
    await expect(report.locator('#denoiser-loss')).toContainText('It falls, <slowly>.');
    await expect(report.locator('#denoiser-loss')).toContainText('Preview, which does not count: D = 4, not 128');
    await expect(report.locator('#denoiser-loss')).toContainText(/D = 4, 2 epochs, 256 digits, \w+, onnx-cpu; run “Small”/);
    await expect(report.locator('#time-loss')).toContainText('Missing.');
    await report.screenshot({ path: `test-results/shots/report-${name}.png`, fullPage: true });
    expect(complaints).toEqual([]);
    const { violations } = await new AxeBuilder({ page: report }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    await context.close();
  }
});
