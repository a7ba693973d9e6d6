import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { StudioError } from '#contract/error.ts';
import { settingsSchema, type Settings } from '#contract/settings.ts';
import { SOCKET_PATH } from '#contract/socket.ts';
import type { Studio } from '#contract/studio.ts';
import { serveConnection } from './connection.ts';
import { createDoor } from './door.ts';
import { readPageFile, withTheme } from './page.ts';

const ADDRESS = '127.0.0.1';
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
 * that no script reads and no other site sends; requests under another host name (DNS rebinding) and sockets from another
 * origin are refused. Throws a StudioError when the port is taken.
 */
export async function serveStudio(studio: Studio, rendererFolder: string, { port }: { port: number }): Promise<BrowserHost> {
  const http = createServer();
  await listen(http, port);
  http.on('error', (error) => console.error('The browser host:', error));
  const { port: givenPort } = http.address() as AddressInfo;
  const host = `${ADDRESS}:${givenPort}`;
  const origin = `http://${host}`;
  const door = createDoor(givenPort);

  async function respond(request: IncomingMessage): Promise<Answer> {
    if (request.headers.host !== host) return refusal(421, `This studio is at ${origin} and answers to no other name.`);
    if (request.method !== 'GET') return refusal(405, 'Only GET is answered here.');
    const target = request.url ?? '/';
    if (!target.startsWith('/') || !URL.canParse(origin + target)) return refusal(400, 'The address is malformed.');
    const url = new URL(origin + target);
    if (url.pathname === '/' && door.admits(url.searchParams.get('token'))) return welcome(door.setCookie);
    if (!door.knows(request))
      return refusal(403, 'Open the studio by the link that from-noise printed: it lets this browser in.');
    const file = await readPageFile(rendererFolder, url.pathname, `ws://${host}`);
    if (file === undefined) return refusal(404, 'There is no such page.');
    return { status: 200, ...file, ...(url.pathname === '/' && { body: withTheme(file.body, await chosenTheme(studio)) }) };
  }

  http.on('request', (request, response) => {
    respond(request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      (error: unknown) => {
        console.error(`${request.url ?? ''} failed:`, error);
        response.writeHead(500).end();
      },
    );
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
const refusal = (status: number, text: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
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
