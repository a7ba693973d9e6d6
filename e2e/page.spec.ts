import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './studio.ts';

test('the page opens without a complaint, behind a policy that lets nothing in', async ({ studio }) => {
  const page = await studio.open();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await studio.shot('first-page');
  expect(complaints).toEqual([]);

  const blocked = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
    const inline = document.createElement('script');
    inline.textContent = 'window.pwned = true';
    const foreign = document.createElement('script');
    foreign.src = 'https://example.com/x.js';
    const frame = document.createElement('iframe');
    frame.src = 'https://example.com/';
    const form = document.createElement('form');
    form.action = 'https://example.com/';
    document.body.append(inline, foreign, frame, form);
    form.submit();
    await fetch('https://example.com/').catch(() => undefined);
    // a timer that is given text evaluates it
    setTimeout('window.pwned = true' as unknown as () => void);
    while (violations.length < 6) await new Promise((r) => setTimeout(r, 10));
    return { violations: violations.sort(), pwned: 'pwned' in window };
  });
  expect(blocked).toEqual({
    violations: [
      'connect-src https://example.com/',
      'form-action https://example.com/?',
      'frame-src https://example.com',
      'script-src eval',
      'script-src-elem https://example.com/x.js',
      'script-src-elem inline',
    ],
    pwned: false,
  });
});

test('a figure is saved as a PNG under its own name', async ({ studio }) => {
  const page = await studio.open();
  await page.evaluate(() => void (location.hash = '#/guide/1.2'));
  const { fileName, bytes } = await studio.running.saved(() => page.getByRole('button', { name: /^Save PNG: Fig. 3/ }).click());
  expect(fileName).toMatch(/^[\w .-]+\.png$/);
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  expect(bytes.length).toBeGreaterThan(10_000);
});

test('a setting outlives the studio, whether it is closed or killed', async ({ studio }) => {
  const theme = () => studio.running.page.evaluate(() => document.documentElement.dataset['theme']);
  const choose = async (name: string): Promise<void> => {
    const { page } = studio.running;
    await page.evaluate(() => void (location.hash = '#/settings'));
    await page.getByRole('radio', { name }).click();
  };
  await studio.open();
  await choose('Dark');
  await expect.poll(theme).toBe('dark');
  await studio.shot('settings-dark');
  await studio.close();
  await studio.open();
  await expect.poll(theme).toBe('dark');
  await choose('Light');
  const stored = async (): Promise<unknown> =>
    JSON.parse(await readFile(join(studio.env['FROM_NOISE_CONFIG']!, 'settings.json'), 'utf8'));
  await expect.poll(stored).toMatchObject({ theme: 'light' });
  await studio.kill();
  await studio.open();
  await expect.poll(theme).toBe('light');
});
