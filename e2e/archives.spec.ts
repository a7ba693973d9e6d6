import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, startStudio, test, type TestStudio } from './studio.ts';

/** Runs as files: out of one library, into another. */

test.describe.configure({ timeout: 180_000 });

const command = ({ env }: TestStudio, ...args: string[]): string =>
  execFileSync(process.execPath, ['out/main/cli.js', ...args], { env, encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .at(-1)!;
/** Trains a run of a second in another library, and gives its folder. */
function trainElsewhere(studio: TestStudio, name: string): string {
  const small = ['width=4', 'subset=64', 'epochs=1', 'batchSize=32'].flatMap((setting) => ['--set', setting]);
  return command(studio, 'train', 'denoiser', '--name', name, ...small, '--library', join(studio.files, 'other'));
}
/** The same as a file of the test's. */
function exportElsewhere(studio: TestStudio, name: string, file: string): string {
  const out = join(studio.files, file);
  command(studio, 'export', trainElsewhere(studio, name), '--out', out);
  return out;
}
const runsOf = ({ library }: TestStudio): string[] => readdirSync(join(library, 'runs'));
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const notice = (page: Page, text: string | RegExp) =>
  expect(page.getByRole('listitem').filter({ hasText: text, has: page.getByRole('button', { name: 'Dismiss' }) })).toBeVisible();
const openRuns = (page: Page): Promise<void> => page.evaluate(() => void (location.hash = '#/runs'));

/** Drags files over the window, as the system does, and drops them when `meanwhile` has looked. */
async function drop(page: Page, files: string[], meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data: { items: [], files, dragOperationsMask: 1 } });
  await drag('dragEnter');
  await drag('dragOver');
  await meanwhile();
  await drag('drop');
  await session.detach();
}

test('a run is exported in one library and imported into another, by the button and by a command', async ({
  studio,
  browser,
}) => {
  trainElsewhere(studio, 'Passed on');
  const env = { ...studio.env, FROM_NOISE_LIBRARY: join(studio.files, 'other') };
  const other = await startStudio(studio.target, env, browser);
  const file = join(studio.files, 'passed-on.fromnoise');
  try {
    await openRuns(other.page);
    await other.page.getByRole('button', { name: 'More for Passed on' }).click();
    const exporting = () => other.page.getByRole('menuitem', { name: 'Export as a file' }).click();
    if (studio.target === 'host') {
      const { fileName, bytes } = await other.saved(exporting);
      expect(fileName).toMatch(/^denoiser-[\w-]+\.fromnoise$/);
      await writeFile(file, bytes);
      // nothing is left where nobody sees it
      expect(readdirSync(join(studio.files, 'other'))).not.toContain('exports');
    } else {
      await exporting();
      await notice(other.page, 'Passed on is exported');
      const exports = join(studio.files, 'other', 'exports');
      await copyFile(join(exports, readdirSync(exports)[0]!), file);
    }
  } finally {
    await other.close();
  }

  const page = await studio.open();
  await openRuns(page);
  await expect(page.getByRole('button', { name: 'Import a run…' })).toHaveCount(2);
  // one listener for both times: a key opens the second dialog sooner than a new listener is heard of
  page.on('filechooser', (chooser) => void chooser.setFiles(file));
  await page.getByRole('button', { name: 'Import a run…' }).first().click();
  await expect(heading(page)).toContainText('Passed on');
  await notice(page, 'Passed on is imported');
  const [id] = runsOf(studio);
  await expect(page).toHaveURL(new RegExp(`#/runs/${id!}$`));
  await studio.shot('imported');

  // it is there already: by a command, from another page
  await page.evaluate(() => void (location.hash = '#/settings'));
  await expect(heading(page)).toHaveText('Settings');
  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type('import');
  await expect(page.getByRole('option').first()).toHaveText('Import a run…');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`#/runs/${id!}-2$`));
  await notice(page, /A run with its id was here already/);
  expect(runsOf(studio).sort()).toEqual([id, `${id!}-2`]);
  // and it is whole
  const kept = (name: string) => readFile(join(studio.library, 'runs', name, 'checkpoints', 'epoch-0001.safetensors'));
  expect((await kept(id!)).equals(await kept(`${id!}-2`))).toBe(true);
});

test('files are dropped anywhere: runs are taken in and marked, others are named and refused', async ({ studio }) => {
  const files = [exportElsewhere(studio, 'First', 'first.fromnoise'), exportElsewhere(studio, 'Second', 'second.fromnoise')];
  const picture = join(studio.files, 'holiday.png');
  await writeFile(picture, 'no run');
  const page = await studio.open();
  const overlay = page.getByText('Drop to import', { exact: true });
  await drop(page, [...files, picture], async () => {
    await expect(overlay).toBeVisible();
    await studio.shot('drop');
  });
  await expect(overlay).toBeHidden();
  await notice(page, 'Not taken: holiday.png');
  await notice(page, '2 runs are imported');
  await expect(page).toHaveURL(/#\/runs\?marked=/);
  await expect(page.getByRole('toolbar', { name: 'Selected runs' })).toContainText('2 selected');
  for (const name of ['First', 'Second']) await expect(page.getByRole('row', { name })).toHaveAttribute('aria-selected', 'true');
  await studio.shot('dropped');
  expect(runsOf(studio)).toHaveLength(2);

  // what only has the name of one, is named too, and nothing of it stays
  await writeFile(join(studio.files, 'damaged.fromnoise'), (await readFile(files[0]!)).subarray(0, 3000));
  await drop(page, [join(studio.files, 'damaged.fromnoise')]);
  await notice(page, /^damaged\.fromnoise is /);
  await expect.poll(() => runsOf(studio)).toHaveLength(2);
  // a drag that leaves without a drop leaves the page as it was
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'x.fromnoise'));
    document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await expect(overlay).toBeVisible();
  await expect(overlay).toBeHidden();
});

test('a file on its way is cancelled, or lost with the studio, and nothing of it is left', async ({ studio }) => {
  test.skip(studio.target !== 'host', 'a window hands over no bytes');
  const run = trainElsewhere(studio, 'Large');
  const weights = Buffer.alloc(20_000_000);
  for (let i = 0; i < weights.length; i += 4) weights.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  await writeFile(join(run, 'resume.safetensors'), weights);
  const file = join(studio.files, 'large.fromnoise');
  command(studio, 'export', run, '--out', file);

  let page = await studio.open();
  const slowly = async (): Promise<void> => {
    await openRuns(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: 500_000,
    });
    const chosen = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Import a run…' }).first().click();
    await (await chosen).setFiles(file);
    const status = page.getByRole('region', { name: 'Import', exact: true });
    await expect(status).toContainText(/Importing large\.fromnoise: copying, [\d.]+ MB of 2\d(\.\d)? MB/);
    expect(runsOf(studio)).toEqual([expect.stringMatching(/^\.incoming\./)]);
  };
  await slowly();
  await studio.shot('importing');
  await page.getByRole('region', { name: 'Import', exact: true }).getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => runsOf(studio)).toEqual([]);
  await notice(page, 'The import was cancelled');
  await expect(page.getByRole('region', { name: 'Import', exact: true })).toBeHidden();

  await slowly();
  await studio.kill();
  expect(runsOf(studio)).toEqual([expect.stringMatching(/^\.incoming\./)]);
  page = await studio.open();
  await expect.poll(() => runsOf(studio)).toEqual([]);
});
