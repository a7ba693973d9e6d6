import { execFileSync } from 'node:child_process';
import { expect, test, type TestStudio } from './studio.ts';

test.describe.configure({ timeout: 180_000 });

/** Two denoisers of some seconds, by their ids. */
function train({ env }: TestStudio, width: number): string {
  const small = [`width=${width}`, 'subset=256', 'epochs=3', 'batchSize=32', 'learningRate=0.01'].flatMap((setting) => [
    '--set',
    setting,
  ]);
  const out = execFileSync(process.execPath, ['out/main/cli.js', 'train', 'denoiser', ...small], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return out
    .trim()
    .split(/[\\/\n]/)
    .at(-1)!;
}

test('two runs side by side, wiped and by difference, epoch by epoch; the address keeps it', async ({ studio }) => {
  const [a, b] = [train(studio, 4), train(studio, 6)];
  let page = await studio.open();
  await page.getByRole('link', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Compare the last two runs' }).click();
  await expect(page.getByRole('img', { name: 'A: denoised after epoch 3' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'B: denoised after epoch 3' })).toBeVisible();
  await expect(page.getByRole('row', { name: 'Hidden width D 6 4' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Last and lowest loss' }).getByRole('listitem')).toHaveCount(2);
  await studio.shot('compare');

  // one slider for both
  const slider = page.getByRole('slider', { name: 'Epoch' });
  await slider.press('Home');
  await expect(page.getByRole('img', { name: 'A: denoised after epoch 1' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'B: denoised after epoch 1' })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`runs=${b},${a}&epoch=1$`.replaceAll(',', '(,|%2C)')));

  // one is held, and the other follows
  await page.getByRole('button', { name: /^More for A/ }).click();
  await page.getByRole('menuitem', { name: 'Hold at epoch 1' }).click();
  await slider.press('End');
  await expect(page.getByRole('img', { name: 'A: denoised after epoch 1' })).toBeVisible();
  await expect(page.getByRole('img', { name: 'B: denoised after epoch 3' })).toBeVisible();

  // wiped by the keyboard: at its ends the picture is all of one, and the two differ
  await page.getByRole('radio', { name: 'Wipe' }).click();
  const pixels = () =>
    page.getByRole('img', { name: /wiped over the other/ }).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const wipe = page.getByRole('slider', { name: 'Wipe' });
  await wipe.press('Home');
  const right = await pixels();
  await wipe.press('End');
  const left = await pixels();
  expect(left).not.toBe(right);
  await wipe.press('Shift+ArrowLeft');
  await expect(wipe).toHaveAttribute('aria-valuenow', '270');
  // by the pointer, in the middle
  await page.getByRole('img', { name: /wiped over the other/ }).click();
  await expect(wipe).toHaveAttribute('aria-valuenow', '140');
  const cut = await pixels();
  expect([left, right]).not.toContain(cut);

  await page.getByRole('radio', { name: 'Difference' }).click();
  await expect(page.getByText(/^mean difference 0\.\d*[1-9]/)).toBeVisible();
  await page.getByRole('radio', { name: 'Blink' }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const before = await page.getByText(/^shown: [AB]$/).textContent();
  await page.getByRole('button', { name: 'Turn' }).click();
  await expect(page.getByText(/^shown: [AB]$/)).not.toHaveText(before!);

  // it is left, come back to, and opened by its address
  await page.waitForURL(/view=blink/);
  const address = page.url();
  await page.getByRole('link', { name: 'Guide' }).click();
  await page.getByRole('link', { name: 'Compare' }).click();
  await expect(page).toHaveURL(address);
  await page.goto(address);
  await page.reload();
  await expect(page.getByRole('radio', { name: 'Blink' })).toBeChecked();
  // also by another browser, at another port
  await studio.close();
  page = await studio.open();
  await expect(page.getByRole('radio', { name: 'Blink' })).toBeChecked();
  await expect(page.getByRole('list', { name: 'Last and lowest loss' }).getByRole('button', { pressed: false })).toHaveCount(2);
});
