import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ARCHIVE_TYPE, exportPath, IMPORT_PATH } from '#contract/archive.ts';
import { decode, encode } from '#contract/codec.ts';
import { StudioError } from '#contract/error.ts';
import { defaultSettings } from '#contract/settings.ts';
import { messageSchema, SOCKET_PATH, type Message } from '#contract/socket.ts';
import type { EventName, EventPayload, Studio } from '#contract/studio.ts';
import { serveStudio, type BrowserHost } from './server.ts';

/** A studio with three calls of its own, and events by hand. */
function createEchoStudio() {
  const listeners = new Set<(name: EventName, payload: never) => void>();
  let calls = 0;
  /** what was given as an archive: its name, and its bytes as they come */
  const given: { name: string; bytes: number; got: Uint8Array[]; cancelled: boolean }[] = [];
  const closed: string[] = [];
  return {
    listeners,
    given,
    /** archives that were opened, and given free */
    closed,
    calls: () => calls,
    tell: <K extends EventName>(name: K, payload: EventPayload<K>) => listeners.forEach((l) => l(name, payload as never)),
    studio: {
      async call(name, input) {
        calls++;
        await Promise.resolve();
        if (name === 'settings.get') return { ...defaultSettings, theme: 'dark' };
        if (name === 'echo') return input;
        if (name === 'big') return new Uint8Array(1 << 20);
        if (name === 'uncrossable') return new Map();
        throw new StudioError('not-found', `There is no call ${name}.`, 'Reload the page.');
      },
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      close: () => Promise.resolve(),
      archives: {
        importFile: () => Promise.reject(new Error('a page names no paths')),
        async importStream(pieces, { name, bytes, signal }) {
          const one = { name, bytes, got: [] as Uint8Array[], cancelled: false };
          given.push(one);
          signal.addEventListener('abort', () => (one.cancelled = true));
          if (name === 'damaged.fromnoise') throw new StudioError('bad-input', `${name} is damaged.`, 'Export it again.');
          if (name === 'large.fromnoise') throw new StudioError('disk-full', 'There is no space left.', 'Free some.');
          try {
            for await (const piece of pieces) one.got.push(piece);
          } catch {
            return { status: 'cancelled' };
          }
          if (name === 'defect.fromnoise') throw new TypeError('a defect');
          return { status: 'done', id: 'denoiser-1' };
        },
        async open(id) {
          if (id === 'busy') throw new StudioError('busy', '"Mine" is training.', 'Pause it first.');
          await Promise.resolve();
          async function* stream(): AsyncGenerator<Uint8Array> {
            for (let i = 0; id === 'endless' || i < 3; i++) {
              await new Promise(setImmediate);
              if (id === 'broken' && i === 1) throw new StudioError('library', 'It is gone.', 'Look for it.');
              yield new Uint8Array(100_000).fill(i);
            }
          }
          return { fileName: `${id}.fromnoise`, stream: stream(), close: () => Promise.resolve(void closed.push(id)) };
        },
      },
    } satisfies Studio,
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-'));
  await mkdir(join(folder, 'renderer', 'assets'), { recursive: true });
  await writeFile(join(folder, 'renderer', 'index.html'), '<html lang="en"><title>From Noise</title></html>');
  await writeFile(join(folder, 'renderer', 'assets', 'index.js'), 'export {}');
  await writeFile(join(folder, 'secret.txt'), 'secret');
});
afterAll(() => rm(folder, { recursive: true }));

let echo: ReturnType<typeof createEchoStudio>;
let host: BrowserHost;
let origin: string;
let cookie: string;
beforeEach(async () => {
  echo = createEchoStudio();
  host = await serveStudio(echo.studio, join(folder, 'renderer'), { port: 0 });
  origin = new URL(host.url).origin;
  const { headers } = await get(host.url);
  cookie = headers['set-cookie']![0]!.split(';')[0]!;
});
afterEach(() => host.close());

interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}
/** Unlike fetch, sends the path and the headers as they are given, and follows nothing. */
function get(url: string, headers: OutgoingHttpHeaders = {}, method = 'GET', path?: string): Promise<Response> {
  return new Promise((done, failed) => {
    const { hostname, port, pathname, search } = new URL(url);
    const request = httpRequest({ hostname, port, path: path ?? pathname + search, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, body }));
      response.on('error', failed);
    });
    request.on('error', failed);
    request.end();
  });
}

/** A page's socket, opened. */
function connect(options: { origin?: string; cookie?: string; path?: string; host?: string } = {}): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${options.path ?? SOCKET_PATH}`, {
    origin: options.origin ?? origin,
    headers: { cookie: options.cookie ?? cookie, ...(options.host === undefined ? {} : { host: options.host }) },
  });
  return new Promise((open, failed) => {
    socket.once('open', () => open(socket));
    socket.once('error', failed);
  });
}
const messagesOf = (socket: WebSocket): Message[] => {
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(messageSchema.parse(decode(data as Buffer))));
  return messages;
};
const closed = (socket: WebSocket): Promise<number> => new Promise((done) => socket.once('close', done));
const call = async (socket: WebSocket, name: string, input?: unknown): Promise<unknown> => {
  const messages = messagesOf(socket);
  socket.send(encode({ id: 1, name, input }));
  await vi.waitUntil(() => messages.some((m) => 'id' in m));
  return messages.find((m) => 'id' in m)!.reply;
};

describe('the page', () => {
  it('is let in by the link, which leaves the address at once for a cookie that no script and no other site can use', async () => {
    const { status, headers, body } = await get(host.url);
    expect(status).toBe(200);
    expect(body).toContain('http-equiv="refresh" content="0;url=/"');
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^studio-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/)]);
    const page = await get(origin, { cookie });
    expect(page.status).toBe(200);
    expect(page.body).toContain('From Noise');
  });

  it('is let in once by a link that works once', async () => {
    const link = host.onceUrl();
    expect(link).not.toBe(host.onceUrl());
    const { status, headers } = await get(link);
    expect(status).toBe(200);
    expect((await get(origin, { cookie: headers['set-cookie']![0]!.split(';')[0]! })).status).toBe(200);
    expect((await get(link)).status).toBe(403);
    expect((await get(host.url)).status).toBe(200);
  });

  it('is served behind a policy that allows its own files and its socket alone', async () => {
    const { headers } = await get(`${origin}/assets/index.js`, { cookie });
    // its name changes with its content, the page's doesn't
    expect(headers['cache-control']).toContain('immutable');
    expect((await get(`${origin}/`, { cookie })).headers['cache-control']).toBe('no-cache');
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain(`connect-src 'self' ${origin.replace('http', 'ws')};`);
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    ['no token', '/', {}],
    ['a wrong token', '/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', {}],
    ['a short token', '/?token=A', {}],
    ['a wrong cookie', '/', { cookie: 'studio=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['the token on another path', `/assets/index.js`, {}],
  ])('is refused with %s', async (_what, path, headers) => {
    const { status, body } = await get(origin + path, headers);
    expect(status).toBe(403);
    expect(body).toContain('Open the studio by the link');
  });

  it('comes with the chosen theme written on it, to be set before the first paint', async () => {
    expect((await get(`${origin}/`, { cookie })).body).toContain('<html data-theme-choice="dark" lang="en">');
    expect((await get(`${origin}/assets/index.js`, { cookie })).body).toBe('export {}');
  });

  it('is refused under another host name', async () => {
    const { port } = new URL(origin);
    for (const name of ['evil.example', `evil.example:${port}`, `localhost:${port}`, '127.0.0.1'])
      expect((await get(host.url, { cookie, host: name })).status).toBe(421);
  });

  it('answers to GET alone', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])
      expect((await get(origin, { cookie }, method)).status).toBe(405);
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/%00',
    '/%',
    '/assets',
    '//secret.txt',
    '/C:/secret.txt',
  ])('does not give away what lies outside: %s', async (path) => {
    const { status, body } = await get(origin, { cookie }, 'GET', path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('stays in after a second host was opened in the same browser', async () => {
    const second = await serveStudio(echo.studio, join(folder, 'renderer'), { port: 0 });
    const other = (await get(second.url)).headers['set-cookie']![0]!.split(';')[0]!;
    const jar = `${cookie}; ${other}`; // a browser sends both to either: cookies don't know of ports
    expect((await get(origin, { cookie: jar })).status).toBe(200);
    expect((await get(second.url.split('?')[0]!, { cookie: jar })).status).toBe(200);
    expect((await get(second.url.split('?')[0]!, { cookie })).status).toBe(403);
    await second.close();
  });
});

/** Sends a file as a page does, unless told otherwise. */
interface Sent {
  name?: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: Uint8Array;
}
function send({
  name = 'mine.fromnoise',
  method = 'POST',
  headers = {},
  body = new Uint8Array(1000),
}: Sent = {}): Promise<Response> {
  return new Promise((done, failed) => {
    const all = { cookie, origin, 'content-type': ARCHIVE_TYPE, 'content-length': body.length, ...headers };
    const { hostname, port } = new URL(origin);
    const path = `${IMPORT_PATH}?name=${encodeURIComponent(name)}`;
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const request = httpRequest({ hostname, port, path, method, headers: sent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    request.on('error', failed);
    request.end(body);
  });
}

describe('a file that a page gives', () => {
  it('reaches the studio as it is, in pieces, with its name and size', async () => {
    const body = Uint8Array.from({ length: 3_000_000 }, (_, i) => i);
    const { status, headers, body: text } = await send({ name: 'Übung 1, D = 8.fromnoise', body });
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(text)).toEqual({ ok: true, value: { status: 'done', id: 'denoiser-1' } });
    const [given] = echo.given;
    expect(given).toMatchObject({ name: 'Übung 1, D = 8.fromnoise', bytes: body.length });
    expect(given!.got.length).toBeGreaterThan(3);
    expect(Buffer.concat(given!.got).equals(body)).toBe(true);
  });

  it.each([
    ['without the cookie', { cookie: undefined }, 403],
    ['with another host’s cookie', { cookie: 'studio-1=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, 403],
    ['from another site’s page', { origin: 'https://evil.example' }, 403],
    // same-site for a browser, so that the cookie comes along
    ['from another program’s page on this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['from a page that hides where it is from', { origin: 'null' }, 403],
    ['from nowhere', { origin: undefined }, 403],
    ['under another host name', { host: 'evil.example' }, 421],
    // what a form or a plain request of another page can send without asking
    ['as plain text', { 'content-type': 'text/plain' }, 415],
    ['as a form', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['as nothing', { 'content-type': undefined }, 415],
    ['without a length', { 'content-length': undefined, 'transfer-encoding': 'chunked' }, 411],
  ])('is refused %s, and none of it is read', async (_what, headers, status) => {
    expect((await send({ headers })).status).toBe(status);
    expect(echo.given).toEqual([]);
  });

  it('is given by POST alone, and only where files are taken', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      const { status, headers } = await send({ method, body: new Uint8Array(0) });
      expect([status, headers.allow]).toEqual([405, 'POST']);
    }
    expect((await get(origin, { cookie, origin, 'content-type': ARCHIVE_TYPE }, 'POST', '/import/../')).status).toBe(405);
    expect(echo.given).toEqual([]);
  });

  it.each([
    ['setup.exe', 'setup.exe is not taken'],
    ['', 'A file without a name is not taken'],
    ['../../etc/passwd', 'passwd is not taken'],
    ['a\r\nb\u0000.zip', 'ab.zip is not taken'],
  ])('is refused by its name %j, in words', async (name, message) => {
    const { status, body } = await send({ name });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ ok: false, error: { code: 'bad-input' } });
    expect(body).toContain(message);
    expect(echo.given).toEqual([]);
  });

  it('has a name without a folder', async () => {
    await send({ name: '..\\..\\mine.fromnoise' });
    await send({ name: `/home/ada/${'x'.repeat(500)}.fromnoise` });
    expect(echo.given.map(({ name }) => name)).toEqual(['mine.fromnoise', expect.stringMatching(/^x{100}…x*\.fromnoise$/)]);
  });

  it('is answered in words where it is refused, before it has come as afterwards', async () => {
    // more than the kernel holds of what nobody reads
    const body = new Uint8Array(20_000_000);
    const damaged = await send({ name: 'damaged.fromnoise', body });
    expect([damaged.status, JSON.parse(damaged.body)]).toEqual([
      400,
      { ok: false, error: { code: 'bad-input', message: 'damaged.fromnoise is damaged.', hint: 'Export it again.' } },
    ]);
    expect((await send({ name: 'large.fromnoise', body })).status).toBe(507);
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const defect = await send({ name: 'defect.fromnoise' });
    expect([defect.status, JSON.parse(defect.body)]).toMatchObject([500, { ok: false, error: { code: 'internal' } }]);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  it('is given up when its page goes away', async () => {
    const { hostname, port } = new URL(origin);
    const headers = { cookie, origin, 'content-type': ARCHIVE_TYPE, 'content-length': 1_000_000 };
    const request = httpRequest({ hostname, port, path: `${IMPORT_PATH}?name=a.fromnoise`, method: 'POST', headers });
    request.on('error', () => undefined);
    request.write(new Uint8Array(1000));
    await vi.waitUntil(() => echo.given[0]?.got.length === 1);
    request.destroy();
    await vi.waitUntil(() => echo.given[0]?.cancelled === true);
    // and the page is served as before
    expect((await get(origin, { cookie })).status).toBe(200);
  });
});

describe('a run that a page asks for', () => {
  const asked = (id: string, headers: OutgoingHttpHeaders = { cookie }, method = 'GET') =>
    get(origin + exportPath(id), headers, method);

  it('is a download under its id', async () => {
    const { status, headers, body } = await asked('denoiser-1', { cookie, 'sec-fetch-site': 'same-origin' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-disposition': 'attachment; filename="denoiser-1.fromnoise"',
      'content-type': ARCHIVE_TYPE,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(body).toHaveLength(300_000);
    await vi.waitUntil(() => echo.closed.length === 1);
  });

  it.each([
    ['without the cookie', {}, 403],
    ['under another host name', { host: 'evil.example' }, 421],
    ['by another site’s page', { 'sec-fetch-site': 'cross-site' }, 403],
    ['by another program’s page on this machine', { 'sec-fetch-site': 'same-site' }, 403],
  ])('is refused when it is asked for %s', async (_what, headers, status) => {
    const asking = status === 403 && !('sec-fetch-site' in headers) ? headers : { cookie, ...headers };
    expect((await asked('denoiser-1', asking)).status).toBe(status);
    expect(echo.closed).toEqual([]);
  });

  it('is asked for by GET alone, and by an id', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) expect((await asked('a', { cookie }, method)).status).toBe(405);
    for (const path of [
      '/export/',
      '/export/.fromnoise',
      '/export/A.fromnoise',
      '/export/..%2fa.fromnoise',
      '/export/a',
      '/export/a.fromnoise/b',
    ])
      expect((await get(origin, { cookie }, 'GET', path)).status).toBe(404);
    expect(echo.closed).toEqual([]);
  });

  it('is said to be busy, rather than begun', async () => {
    const { status, headers, body } = await asked('busy');
    expect([status, headers['content-disposition'], body]).toEqual([409, undefined, '"Mine" is training. Pause it first.\n']);
  });

  it('breaks off where it can not be read on, so that nobody takes half of it for the whole', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await expect(asked('broken')).rejects.toThrow();
    await vi.waitUntil(() => echo.closed.length === 1);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  it('is given free when its browser goes away', async () => {
    const { hostname, port } = new URL(origin);
    const request = httpRequest({ hostname, port, path: exportPath('endless'), headers: { cookie } });
    request.on('error', () => undefined);
    request.end();
    await new Promise((begun) => request.once('response', (response) => response.once('data', begun)));
    request.destroy();
    await vi.waitUntil(() => echo.closed.length === 1);
  });
});

describe('a connection', () => {
  it('carries calls with typed arrays, and errors in words', async () => {
    const socket = await connect();
    const image = new Float32Array([0, 0.5, 1]);
    expect(await call(socket, 'echo', { image, label: undefined })).toStrictEqual({
      ok: true,
      value: { image, label: undefined },
    });
    const other = await connect();
    expect(await call(other, 'nothing')).toEqual({
      ok: false,
      error: { code: 'not-found', message: 'There is no call nothing.', hint: 'Reload the page.' },
    });
    socket.terminate();
    other.terminate();
  });

  it('carries a call without input, and an answer without value', async () => {
    const socket = await connect();
    expect(await call(socket, 'echo')).toEqual({ ok: true, value: undefined });
    socket.terminate();
  });

  it('says so when an answer can not cross', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const socket = await connect();
    expect(await call(socket, 'uncrossable')).toMatchObject({
      ok: false,
      error: { code: 'internal', message: "a Map can't cross" },
    });
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    socket.terminate();
  });

  it('tells every page the events until it closes, and comes back with the same cookie', async () => {
    const [first, second] = [await connect(), await connect()];
    const [seen, alsoSeen] = [messagesOf(first), messagesOf(second)];
    echo.tell('run.removed', { id: 'a' });
    await vi.waitUntil(() => seen.length === 1 && alsoSeen.length === 1);
    expect(seen).toEqual([{ event: 'run.removed', payload: { id: 'a' } }]);
    first.close();
    await vi.waitUntil(() => echo.listeners.size === 1);
    const again = await connect();
    expect(await call(again, 'echo', 1)).toEqual({ ok: true, value: 1 });
    again.terminate();
    second.terminate();
    await vi.waitUntil(() => echo.listeners.size === 0);
  });

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['the origin of another port', { origin: 'http://127.0.0.1:1' }],
    ['no cookie', { cookie: '' }],
    ['a wrong cookie', { cookie: 'studio=x' }],
    ['another path', { path: '/other' }],
    ['another host name', { host: 'evil.example' }],
  ])('is refused with %s', async (_what, options) => {
    await expect(connect(options)).rejects.toThrow('403');
    expect(echo.listeners.size).toBe(0);
  });

  it.each([
    ['a cut frame', encode({ id: 1, name: 'echo' }).subarray(0, 9)],
    ['noise', new Uint8Array(64).fill(0xfe)],
    ['text', JSON.stringify({ id: 1, name: 'echo' })],
    ['a frame that is no call', encode({ id: 'one', name: 'echo' })],
    ['a call without a name', encode({ id: 1 })],
  ])('is closed when it sends %s, and no other with it', async (_what, message) => {
    const [bad, good] = [await connect(), await connect()];
    bad.send(message);
    expect(await closed(bad)).toBe(1007);
    expect(await call(good, 'echo', 'still here')).toEqual({ ok: true, value: 'still here' });
    expect(echo.calls()).toBe(1);
    good.terminate();
  });

  it('merges what a page reads too slowly, and loses no step', async () => {
    const socket = await connect();
    const messages = messagesOf(socket);
    socket.pause();
    const perEvent = 12_500; // 150 kB
    const steps = (from: number) => ({
      steps: Int32Array.from({ length: perEvent }, (_, i) => from + i + 1),
      losses: new Float32Array(perEvent),
      learningRates: new Float32Array(perEvent),
      seconds: new Float32Array(perEvent),
      testSteps: new Int32Array(0),
      testLosses: new Float32Array(0),
    });
    const count = 160; // 24 MB, more than the kernel and the host hold between them
    for (let i = 0; i < count; i++) {
      echo.tell('run.metrics', { id: 'a', columns: steps(i * perEvent) });
      await new Promise(setImmediate);
    }
    socket.resume();
    const seen = (): number[] =>
      messages.flatMap((m) => ('event' in m ? [...(m.payload as EventPayload<'run.metrics'>).columns.steps] : []));
    await vi.waitUntil(() => seen().length === count * perEvent, { timeout: 10_000, interval: 100 });
    expect(seen().every((step, i) => step === i + 1)).toBe(true);
    expect(messages.length).toBeLessThan(count);
    socket.terminate();
  });

  it('reads no further from a page that calls without reading', async () => {
    const socket = await connect();
    const messages = messagesOf(socket);
    socket.pause();
    for (let id = 0; id < 100; id++) socket.send(encode({ id, name: 'big' }));
    let before = -1;
    await vi.waitUntil(() => before === (before = echo.calls()), { interval: 200 });
    expect(echo.calls()).toBeLessThan(60);
    socket.resume();
    await vi.waitUntil(() => messages.length === 100, { timeout: 10_000 });
    expect(messages.map((m) => ('id' in m ? m.id : -1))).toEqual([...Array(100).keys()]);
    socket.terminate();
  });
});

describe('the host', () => {
  it('names the port that is taken, and the way out', async () => {
    const port = Number(new URL(origin).port);
    const error = await serveStudio(echo.studio, folder, { port }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StudioError);
    expect((error as StudioError).toInfo()).toEqual({
      code: 'busy',
      message: `Port ${port} on 127.0.0.1 is in use by another program.`,
      hint: 'Choose another with --port, or a free one with --port 0.',
    });
  });

  it('ends its connections when it closes', async () => {
    const socket = await connect();
    const gone = closed(socket);
    await host.close();
    await gone;
    await expect(get(origin)).rejects.toThrow('ECONNREFUSED');
    expect(echo.listeners.size).toBe(0);
  });
});
