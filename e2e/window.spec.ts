import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launch } from './standin/launch.ts';
import { expect, test, type TestStudio } from './studio.ts';
import type { RunningDesktop } from './targets/desktop.ts';

/** What only the stand-in can do: it sees what the app asks of the system, and presses menu items. */
const standIn = async (studio: TestStudio) => {
  test.skip(studio.target !== 'desktop', 'looks into the stand-in');
  await studio.open();
  return (studio.running as RunningDesktop).app;
};

test('the page reaches the studio by one frozen object, and nothing else of Electron or Node', async ({ studio }) => {
  const page = await studio.open();
  const reach = await page.evaluate(() => {
    const all = window as unknown as Record<string, unknown>;
    return {
      studio: Object.keys(all['studio'] as object).sort(),
      frozen: Object.isFrozen(all['studio']),
      others: ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer', '__dirname'].filter(
        (name) => name in all,
      ),
      secure: isSecureContext,
    };
  });
  expect(reach).toEqual({ studio: ['importFile', 'invoke', 'listen'], frozen: true, others: [], secure: true });
});

test('a call that does not exist, or whose input is wrong, is refused in words', async ({ studio }) => {
  const page = await studio.open();
  const invoke = (name: unknown, input?: unknown) =>
    page.evaluate(
      ([name, input]) =>
        (window as unknown as { studio: { invoke(n: unknown, i: unknown): Promise<unknown> } }).studio.invoke(name, input),
      [name, input],
    );
  for (const name of ['nothing', 'constructor', '__proto__', 7, null]) expect(await invoke(name)).toMatchObject({ ok: false });
  expect(await invoke('runs.get', { id: '../../etc' })).toMatchObject({ ok: false, error: { code: 'bad-input' } });
});

test('the window stays on its page', async ({ studio }) => {
  const page = await studio.open();
  const home = page.url();
  const heading = page.getByRole('heading', { level: 1 });
  for (const url of ['https://example.com/', 'http://127.0.0.1:9/', 'file:///etc/passwd', 'data:text/html,hi']) {
    await page.evaluate((to) => void (location.href = to), url);
    await expect(heading).toBeVisible(); // it waits for a navigation under way
  }
  expect(page.url()).toBe(home);
});

test('a link to the web opens in the browser, one to anything else nowhere', async ({ studio }) => {
  const app = await standIn(studio);
  const urls = ['file:///etc/passwd', 'http://example.com/', 'smb://example.com/x', 'https://example.com/x'];
  await studio.running.page.evaluate((all) => all.forEach((url) => window.open(url)), urls);
  const of = (api: string) => app.calls.filter((call) => call.api === api).map(({ args }) => args);
  // the window is never opened, whatever it is to show; Chromium itself has refused the file
  await expect.poll(() => of('window.open')).toEqual(urls.slice(1).map((url) => [url, 'deny']));
  expect(of('shell.openExternal')).toEqual([['https://example.com/x']]);
});

test('the page may copy text, and has no other permission', async ({ studio }) => {
  const page = await studio.open();
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'microphone', 'clipboard-read'] as PermissionName[];
    const all = await Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    await navigator.clipboard.writeText('text');
    return all;
  });
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied']);
});

test('only what the page made itself is downloaded', async ({ studio }) => {
  const app = await standIn(studio);
  await studio.running.page.evaluate(() => {
    const link = document.createElement('a');
    link.href = 'data:text/plain,hi';
    link.download = 'setup.exe';
    link.click();
  });
  const downloads = () => app.calls.map(({ api }) => api).filter((api) => api.startsWith('downloadItem'));
  await expect.poll(downloads).toEqual(['downloadItem.prevented']);
});

test('the menu leads to the settings, the runs and the library folder', async ({ studio }) => {
  const app = await standIn(studio);
  const { page } = studio.running;
  app.menu('settings');
  await expect(page).toHaveURL(/#\/settings$/);
  app.menu('runs');
  await expect(page).toHaveURL(/#\/runs$/);
  app.menu('new-run');
  // the guide opens where it was left, at first with its first part
  await expect(page).toHaveURL(/#\/guide\/1\.1$/);
  app.menu('library');
  await expect.poll(() => app.calls).toContainEqual({ api: 'shell.openPath', args: [studio.library] });
});

test('the menu opens the commands and lists the keys of the page', async ({ studio }) => {
  const app = await standIn(studio);
  const { page } = studio.running;
  app.menu('commands');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.press('Escape');
  app.menu('shortcuts');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});

test('a library that can not be used is named, and another one can be chosen', async ({ studio }) => {
  test.skip(studio.target !== 'desktop', 'looks into the stand-in');
  await writeFile(studio.library, 'a file, where a folder should be');
  const other = `${studio.library}-2`;
  const app = await launch('out/main/index.js', studio.env, {
    'dialog.showOpenDialog': [{ canceled: false, filePaths: [other] }],
  });
  const page = await app.firstWindow();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(app.calls[0]).toMatchObject({ api: 'dialog.showMessageBox' });
  expect(JSON.stringify(app.calls[0]!.args)).toContain(studio.library);
  await access(join(other, 'runs'));
  expect(await app.close()).toBe(0);
});
