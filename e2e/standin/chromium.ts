/** The Chromium behind the stand-in: one process, spoken to over the DevTools protocol. */
import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const profile = process.env['STANDIN_PROFILE'] ?? mkdtempSync(join(tmpdir(), 'standin-'));
let browser: ChildProcess | undefined;
let socket: WebSocket;
let lastId = 0;
const waiting = new Map<number, [(value: any) => void, (error: Error) => void]>();

/** Events of one target's session, and of the browser itself. */
export const sessions = new Map<string, EventEmitter>();
export const root = new EventEmitter().setMaxListeners(0);

export const cdp = (method: string, params: object = {}, sessionId?: string): Promise<any> =>
  new Promise((ok, no) => {
    const id = ++lastId;
    waiting.set(id, [ok, no]);
    socket.send(JSON.stringify({ id, method, params, sessionId }));
  });

export async function startChromium(): Promise<void> {
  const flags = [
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-renderer-backgrounding',
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--headless',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    'about:blank',
  ];
  browser = spawn(process.env['CHROMIUM'] ?? '/usr/bin/chromium', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  process.once('exit', () => browser!.kill());
  const endpoint = await new Promise<string>((ok, no) => {
    let said = '';
    browser!.stderr!.on('data', (chunk) => {
      said += chunk;
      const listening = /DevTools listening on (ws:\S+)/.exec(said);
      if (listening) ok(listening[1]!);
    });
    browser!.once('exit', (code) => no(new Error(`chromium exited with ${code}: ${said.slice(-500)}`)));
  });
  socket = new WebSocket(endpoint);
  socket.addEventListener('message', (e) => {
    const m = JSON.parse(e.data as string);
    if (!m.id) return void (m.sessionId ? sessions.get(m.sessionId) : root)?.emit(m.method, m.params);
    const [ok, no] = waiting.get(m.id)!;
    waiting.delete(m.id);
    if (m.error) no(new Error(m.error.message));
    else ok(m.result);
  });
  await once(socket as never, 'open');
  await cdp('Target.setDiscoverTargets', { discover: true });
  process.send?.({ standin: 'endpoint', endpoint, browser: browser.pid });
}

export const isStarted = (): boolean => socket !== undefined;

export async function stopChromium(): Promise<void> {
  if (browser === undefined || browser.exitCode !== null || browser.signalCode !== null) return;
  browser.kill();
  await once(browser, 'exit');
  if (process.env['STANDIN_PROFILE'] === undefined) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
