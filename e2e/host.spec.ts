import { request as httpRequest } from 'node:http';
import type { BrowserContext } from '@playwright/test';
import { WebSocket } from 'ws';
import type { RunningHost } from './targets/host.ts';
import { expect, test, type TestStudio } from './studio.ts';

const open = async (studio: TestStudio): Promise<RunningHost> => {
  await studio.open();
  return studio.running as RunningHost;
};
const originOf = (host: RunningHost): string => new URL(host.link).origin;
/** What the browser that was let in would send. */
const cookiesOf = async (context: BrowserContext): Promise<string> =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');

function status(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((done, failed) => {
    httpRequest(url, { headers }, (response) => {
      response.resume();
      done(response.statusCode);
    })
      .on('error', failed)
      .end();
  });
}
/** Opens a socket, and gives how that went: `open`, or the refusal. */
function knock(url: string, headers: Record<string, string>): Promise<{ how: string; socket: WebSocket }> {
  const socket = new WebSocket(url, { headers });
  return new Promise((done) => {
    socket.once('open', () => done({ how: 'open', socket }));
    socket.once('error', (error) => done({ how: error.message, socket }));
  });
}

test('only the browser that was given the link is let in', async ({ studio, browser }) => {
  const host = await open(studio);
  const origin = originOf(host);
  const stranger = await (await browser.newContext()).newPage();
  expect((await stranger.goto(origin))?.status()).toBe(403);
  await expect(stranger.locator('body')).toContainText('Open the studio by the link');
  await stranger.context().close();

  const cookie = await cookiesOf(host.page.context());
  expect(await status(origin, { cookie })).toBe(200);
  expect(await status(origin, { cookie, host: 'evil.example' })).toBe(421);
  expect(host.page.url()).not.toContain('token');
  expect(await host.page.evaluate(() => document.cookie)).toBe('');
});

test('a page of another site gets no connection, even from the browser that was let in', async ({ studio }) => {
  const host = await open(studio);
  const socketUrl = `${originOf(host).replace('http', 'ws')}/studio`;
  const cookie = await cookiesOf(host.page.context());
  expect((await knock(socketUrl, { cookie, origin: 'https://evil.example' })).how).toContain('403');
  expect((await knock(socketUrl, { origin: originOf(host) })).how).toContain('403');
});

test('the link works when another site’s page leads to it', async ({ studio, browser }) => {
  const host = await open(studio);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route('https://elsewhere.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${host.link}">open</a>` }),
  );
  await page.goto('https://elsewhere.example/');
  await page.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await context.close();
});

test('a malformed message ends its own connection and nothing else', async ({ studio }) => {
  const host = await open(studio);
  const headers = { cookie: await cookiesOf(host.page.context()), origin: originOf(host) };
  const { how, socket } = await knock(`${originOf(host).replace('http', 'ws')}/studio`, headers);
  expect(how).toBe('open');
  const closed = new Promise((done) => socket.once('close', done));
  socket.send(new Uint8Array([255, 255, 255, 255, 0, 1, 2, 3]));
  expect(await closed).toBe(1007);
  // the page still talks to the studio
  await host.page.evaluate(() => void (location.hash = '#/settings'));
  await host.page.getByRole('radio', { name: 'Dark' }).click();
  await expect(host.page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('two windows show one studio', async ({ studio }) => {
  const host = await open(studio);
  const second = await host.page.context().newPage();
  await second.goto(`${originOf(host)}/#/settings`);
  await host.page.goto(`${originOf(host)}/#/settings`);
  await second.getByRole('radio', { name: 'Dark' }).click();
  await expect(host.page.getByRole('radio', { name: 'Dark' })).toBeChecked();
});
