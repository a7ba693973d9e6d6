import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ARCHIVE_TYPE, IMPORT_PATH } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import { settingsSchema, type Settings } from '#contract/settings.ts';
import { SOCKET_PATH } from '#contract/socket.ts';
import type { Studio } from '#contract/studio.ts';
import { exportedRun, sendArchive, takeArchive } from './archive-routes.ts';
import { serveConnection } from './connection.ts';
import { createDoor } from './door.ts';
import { readPageFile, withTheme } from './page.ts';

const ADDRESS = '127.0.0.1';
/** A request that hasn't said by then what it asks for is none. */
const HEADERS_MS = 60_000;
/** Longest call a page may make, in bytes. */
const MAX_CALL = 32 << 20;

export interface BrowserHost {
  /** The link that lets a browser in. Whoever has it has the studio. */
  readonly url: string;
  /** A link that works once: for the command line of a program, which other users of the machine can read. */
  onceUrl(): string;
  /** Ends every connection. The studio stays open: it is its owner's. */
  close(): Promise<void>;
}

/**
 * Serves a studio and its page to browsers of this machine, on 127.0.0.1. Port 0 is any free one.
 *
 * Other programs' pages can reach that address too, so: the link carries a token, which the first visit turns into a cookie
 * that no script reads and no other site sends; requests under another host name (DNS rebinding), sockets and files from another
 * origin, and downloads that another origin's page asks for are refused. Throws a StudioError when the port is taken.
 */
export async function serveStudio(studio: Studio, rendererFolder: string, { port }: { port: number }): Promise<BrowserHost> {
  // a run may take longer to send than Node's five minutes for a request; its body is read only from who was let in
  const http = createServer({ requestTimeout: 0, headersTimeout: HEADERS_MS });
  await listen(http, port);
  http.on('error', (error) => console.error('The browser host:', error));
  const { port: givenPort } = http.address() as AddressInfo;
  const host = `${ADDRESS}:${givenPort}`;
  const origin = `http://${host}`;
  const door = createDoor(givenPort);

  /** Why a request isn't answered, if so; nothing of its body has been read. */
  function refuse(request: IncomingMessage, url: URL): Answer | undefined {
    const { headers, method } = request;
    if (headers.host !== host) return refusal(421, `This studio is at ${origin} and answers to no other name.`);
    const allowed = url.pathname === IMPORT_PATH ? 'POST' : 'GET';
    if (method !== allowed) return refusal(405, `Only ${allowed} is answered here.`, { allow: allowed });
    if (url.pathname === '/' && door.admits(url.searchParams.get('token'))) return welcome(door.setCookie);
    if (!door.knows(request))
      return refusal(403, 'Open the studio by the link that from-noise printed: it lets this browser in.');
    if (method === 'GET') return undefined;
    // a cookie doesn't know of ports: another program's page on this machine sends it too
    if (headers.origin !== origin) return refusal(403, 'Only the studio’s own page gives it files.');
    if (headers['content-type'] !== ARCHIVE_TYPE) return refusal(415, `Only ${ARCHIVE_TYPE} is taken.`);
    if (!/^\d{1,15}$/.test(headers['content-length'] ?? '')) return refusal(411, 'How long it is must be said.');
    return undefined;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answerWith = ({ status, headers, body }: Answer): void => void response.writeHead(status, headers).end(body);
    const target = request.url ?? '/';
    const url = target.startsWith('/') && URL.canParse(origin + target) ? new URL(origin + target) : undefined;
    if (url === undefined) {
      answerWith(refusal(400, 'The address is malformed.'));
      return;
    }
    const refused = refuse(request, url);
    const run = exportedRun(url.pathname);
    if (refused !== undefined) answerWith(refused);
    else if (url.pathname === IMPORT_PATH) await takeArchive(studio.archives, url.searchParams.get('name'), request, response);
    else if (run === undefined) answerWith(await page(url));
    // browsers say who asks; one that doesn't sends no cookie for another site either
    else if (!['same-origin', 'none', undefined].includes(request.headers['sec-fetch-site']))
      answerWith(refusal(403, 'Only the studio’s own page asks for runs.'));
    else await sendArchive(studio.archives, run, response);
  }

  async function page({ pathname }: URL): Promise<Answer> {
    const file = await readPageFile(rendererFolder, pathname, `ws://${host}`);
    if (file === undefined) return refusal(404, 'There is no such page.');
    return { status: 200, ...file, ...(pathname === '/' && { body: withTheme(file.body, await chosenTheme(studio)) }) };
  }

  http.on('request', (request, response) => {
    respond(request, response).catch((error: unknown) => {
      console.error(`${request.url ?? ''} failed:`, error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_CALL, perMessageDeflate: false });
  http.on('upgrade', (request, stream: Duplex, head) => {
    stream.on('error', () => stream.destroy());
    const allowed =
      request.headers.host === host && request.headers.origin === origin && request.url === SOCKET_PATH && door.knows(request);
    if (allowed) sockets.handleUpgrade(request, stream, head, (socket) => serveConnection(studio, socket));
    else stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });

  return {
    url: `${origin}/?token=${door.token}`,
    onceUrl: () => `${origin}/?token=${door.onceToken()}`,
    close: () =>
      new Promise((closed) => {
        for (const socket of sockets.clients) socket.terminate();
        http.close(() => closed());
        http.closeAllConnections();
      }),
  };
}

/** The theme that the settings choose; the system's where they can't be had, which the page itself will say. */
async function chosenTheme(studio: Studio): Promise<Settings['theme']> {
  const settings = settingsSchema.safeParse(await studio.call('settings.get', undefined).catch(() => undefined));
  return settings.data?.theme ?? 'system';
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}
/** The connection ends with it: what else a refused request holds is not read. */
const refusal = (status: number, text: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', connection: 'close', ...headers },
  body: `${text}\n`,
});

/**
 * Lets a browser in, and takes the token off its address. Not by a redirect: that would still count as a visit from where
 * the link was followed, another site perhaps, and the cookie would not be sent along.
 */
const welcome = (setCookie: string): Answer => ({
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'set-cookie': setCookie,
  },
  body: '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>From Noise</title>\n',
});

function listen(http: Server, port: number): Promise<void> {
  return new Promise((listening, failed) => {
    http.once('error', (error: NodeJS.ErrnoException) => failed(listenError(error, port)));
    http.listen(port, ADDRESS, listening);
  });
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  const hint = 'Choose another with --port, or a free one with --port 0.';
  if (error.code === 'EADDRINUSE')
    return new StudioError('busy', `Port ${port} on ${ADDRESS} is in use by another program.`, hint, { cause: error });
  if (error.code === 'EACCES')
    return new StudioError('forbidden', `Port ${port} on ${ADDRESS} is not for this user to open.`, hint, { cause: error });
  return error;
}
