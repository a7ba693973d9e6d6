import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './studio.ts';

/** A library that people have worked in for a while, as it lies on the disk. */

interface Written {
  name: string;
  epochs?: number;
  done?: number;
  tags?: string[];
  state?: object;
  /** minutes after which it was made */
  at?: number;
}
const STEPS = 20;

async function write(
  library: string,
  id: string,
  { name, epochs = 4, done = epochs, tags = [], state, at: minute = Number(id.slice(-2)) }: Written,
): Promise<void> {
  const folder = join(library, 'runs', id);
  await mkdir(join(folder, 'checkpoints'), { recursive: true });
  await mkdir(join(folder, 'samples'));
  const lines = Array.from({ length: done * STEPS }, (_, i) => ({
    step: i + 1,
    epoch: Math.ceil((i + 1) / STEPS),
    loss: 0.02 + 0.3 / (i + 1),
    learningRate: 1e-4,
    seconds: i,
  }));
  await writeFile(join(folder, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const at = Date.UTC(2026, 10, 20) + minute * 60_000;
  const run = {
    format: 1,
    id,
    name,
    recipe: { width: 8, batchSize: 64, subset: 64 * STEPS, epochs },
    state: state ?? { status: 'completed', at },
    progress: {
      epoch: done,
      step: done * STEPS,
      seconds: done * 9,
      epochLosses: Array.from({ length: done }, (_, i) => 0.1 / (i + 1)),
    },
    createdAt: at,
    tags,
  };
  await writeFile(join(folder, 'run.json'), JSON.stringify(run));
}

const names = (page: Page): Promise<string[]> => page.getByRole('table').getByRole('link').allTextContents();
const openRuns = async (page: Page): Promise<void> => {
  await page.getByRole('navigation').getByRole('link', { name: /Runs/ }).click();
  await expect(page.getByRole('table')).toBeVisible();
};

test('runs are found, sorted, tagged, deleted and brought back', async ({ studio }) => {
  await write(studio.library, 'denoiser-01', { name: 'First try', tags: ['hand-in'] });
  await write(studio.library, 'denoiser-02', { name: 'Half of it', done: 2, state: { status: 'stopped', at: 0 } });
  await write(studio.library, 'denoiser-03', { name: 'Longer', epochs: 8 });
  const page = await studio.open();
  await openRuns(page);
  await expect.poll(() => names(page)).toEqual(['Longer', 'Half of it', 'First try']);
  await studio.shot('runs');

  // sorted by a column, in both directions
  await page.getByRole('columnheader', { name: 'Loss' }).getByRole('button').click();
  await expect.poll(() => names(page)).toEqual(['Longer', 'First try', 'Half of it']);
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await expect.poll(() => names(page)).toEqual(['First try', 'Half of it', 'Longer']);

  // found by the keyboard
  await page.locator('body').press('/');
  await page.keyboard.type('hand-in');
  await expect.poll(() => names(page)).toEqual(['First try']);
  await page.keyboard.press('Escape');

  // several at once
  await page.getByRole('checkbox', { name: 'Select First try' }).click();
  await page.getByRole('checkbox', { name: 'Select Longer' }).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('toolbar', { name: 'Selected runs' });
  await expect(bar).toContainText('3 selected');
  await bar.getByRole('button', { name: 'Tag' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Tags', exact: true }).fill('what if');
  await page.getByRole('dialog').getByRole('button', { name: 'Add tags' }).click();
  await expect(page.getByRole('button', { name: 'Find runs with the tag what if' })).toHaveCount(3);
  await studio.shot('runs-selected');
  const tagsOf = async (id: string): Promise<unknown> =>
    (JSON.parse(await readFile(join(studio.library, 'runs', id, 'run.json'), 'utf8')) as { tags: unknown }).tags;
  expect(await tagsOf('denoiser-01')).toEqual(['hand-in', 'what if']);

  // to the trash, and back
  await bar.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('3 runs are in the trash', { exact: true })).toBeVisible();
  expect(await readdir(join(studio.library, 'runs'))).toEqual([]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => names(page)).toHaveLength(3);

  // to the trash for good, by the keyboard; the menu gives the focus back
  const more = page.getByRole('button', { name: 'More for Half of it' });
  await more.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.type('Del');
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect.poll(() => names(page)).toHaveLength(2);
  await page.getByRole('button', { name: 'Trash', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('Half of it');
  await page.getByRole('button', { name: /Empty the trash/ }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByText('The trash is empty', { exact: true })).toBeVisible();
  expect(await readdir(join(studio.library, 'trash'))).toEqual([]);
});

test('of a thousand runs those in view are there, wherever the list is scrolled, and again after a restart', async ({
  studio,
}) => {
  const ids = Array.from({ length: 1000 }, (_, i) => `denoiser-${String(i).padStart(4, '0')}`);
  for (const id of ids) await write(studio.library, id, { name: `Run ${id.slice(-4)}`, epochs: 1, at: Number(id.slice(-4)) });
  const look = async (): Promise<void> => {
    const page = await studio.open();
    await openRuns(page);
    await expect(page.getByRole('status').first()).toContainText('1,000');
    expect((await names(page))[0]).toBe('Run 0999');
    const area = page.locator('.scroll-area', { has: page.getByRole('table') });
    for (const [part, name] of [
      [0.5, 'Run 0500'],
      [1, 'Run 0000'],
    ] as const) {
      await area.evaluate((element, share) => element.scrollTo(0, share * (element.scrollHeight - element.clientHeight)), part);
      await expect(page.getByRole('link', { name, exact: true })).toBeInViewport();
      expect(await page.getByRole('row').count()).toBeLessThan(40);
    }
    await page.getByRole('textbox', { name: 'Find runs' }).fill('0517');
    await expect.poll(() => names(page)).toEqual(['Run 0517']);
  };
  await look();
  await studio.close();
  await look();
});

test('a loss curve is zoomed, read by the keyboard and saved', async ({ studio }) => {
  await write(studio.library, 'denoiser-01', { name: 'First try' });
  const page = await studio.open();
  await openRuns(page);
  await page.getByRole('table').getByRole('link', { name: 'First try' }).click();
  const curve = page.getByRole('slider', { name: 'Step on the loss curve' });
  await expect(page.getByRole('list', { name: 'Last and lowest loss' })).toContainText('at step 80');
  await curve.focus();
  await curve.press('End');
  await expect(curve).toHaveAttribute('aria-valuetext', /^step 80, epoch 4: loss 0\.0237/);
  await curve.press('Shift+ArrowLeft');
  await expect(curve).toHaveAttribute('aria-valuetext', /^step 70/);
  await studio.shot('run-crosshair');
  await curve.press('+');
  await expect(page.getByRole('button', { name: 'Whole run' })).toBeVisible();
  await curve.press('0');
  await expect(page.getByRole('button', { name: 'Whole run' })).toBeHidden();

  const save = async (entry: string): Promise<{ fileName: string; text: string }> => {
    await page.getByRole('button', { name: 'Save the chart' }).click();
    const { fileName, bytes } = await studio.running.saved(() => page.getByRole('menuitem', { name: entry }).click());
    return { fileName, text: Buffer.from(bytes).toString('latin1') };
  };
  const csv = await save('Every step, CSV');
  expect(csv.fileName).toBe('first-try-loss.csv');
  expect(csv.text.trim().split('\n')).toHaveLength(81);
  expect((await save('Drawing, SVG')).text).toMatch(/^<svg [^]*<\/svg>\s*$/);
  expect((await save('Picture, PNG')).text.slice(1, 4)).toBe('PNG');
});

test('notes stay with the run, and the queue is put in another order', async ({ studio }) => {
  // a run of another machine holds the library's slot, so nothing starts
  await mkdir(studio.library, { recursive: true });
  const holder = { host: 'elsewhere', pid: 1, startedAt: '', token: '0123456789abcdef' };
  await writeFile(join(studio.library, 'training.lock'), JSON.stringify(holder));
  for (const [i, name] of ['One', 'Two', 'Three'].entries())
    await write(studio.library, `denoiser-0${i}`, { name, done: 0, state: { status: 'queued', queuedAt: 1000 + i } });
  const page = await studio.open();
  await openRuns(page);
  await expect.poll(() => names(page)).toEqual(['One', 'Two', 'Three']);
  await page.getByRole('button', { name: 'More for Three' }).click();
  await page.getByRole('menuitem', { name: 'Earlier in the queue' }).click();
  await expect.poll(() => names(page)).toEqual(['One', 'Three', 'Two']);
  await page.getByRole('row', { name: /One/ }).hover();
  await page.getByRole('button', { name: 'One later in the queue' }).click();
  await expect.poll(() => names(page)).toEqual(['Three', 'One', 'Two']);
  await studio.shot('runs-queue-order');

  await page.getByRole('table').getByRole('link', { name: 'One' }).click();
  await page.getByRole('textbox', { name: 'Notes' }).fill('With less noise?');
  await page.getByRole('textbox', { name: 'Notes' }).blur();
  const notes = async (): Promise<unknown> =>
    (JSON.parse(await readFile(join(studio.library, 'runs', 'denoiser-00', 'run.json'), 'utf8')) as { notes: unknown }).notes;
  await expect.poll(notes).toBe('With less noise?');
});
