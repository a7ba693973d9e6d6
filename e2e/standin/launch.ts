/** What _electron.launch() is for Electron: runs a built main bundle on the stand-in, and hands out Playwright pages. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from '@playwright/test';

export interface StandinApp {
  /** What the app asked of the system: `shell.openExternal`, `dialog.showErrorBox`, `downloadItem.saveDialog` … */
  readonly calls: { api: string; args: unknown[] }[];
  readonly pid: number;
  readonly log: () => string;
  firstWindow(): Promise<Page>;
  /** Scripts the next answer of one of those. */
  answer(api: string, value: unknown): void;
  /** Chooses a menu item by its id. */
  menu(id: string): void;
  /** Closes the window by its button. */
  closeWindow(): void;
  /** Turns to another program. */
  blur(): void;
  clickNotification(): void;
  /** Starts the app once more, with these arguments. */
  startAgain(argv: string[]): void;
  /** Quits as a person would, and waits; gives the exit code. */
  close(): Promise<number | null>;
  /** Kills the main process as a crash would, and waits until all of it is gone. */
  readonly kill: () => Promise<void>;
}

/** `answers` are scripted from the start: for what the app asks before its first window. */
export async function launch(main: string, env: NodeJS.ProcessEnv, answers: Record<string, unknown[]> = {}): Promise<StandinApp> {
  const profile = mkdtempSync(join(tmpdir(), 'standin-'));
  const child = fork(main, [], {
    execArgv: ['--import', fileURLToPath(new URL('./register.ts', import.meta.url))],
    env: { ...env, STANDIN_PROFILE: profile, STANDIN_ANSWERS: JSON.stringify(answers) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  const calls: StandinApp['calls'] = [];
  const endpoint = Promise.withResolvers<{ endpoint: string; browser: number }>();
  child.on('message', (m: any) => {
    if (m.standin === 'call') calls.push({ api: m.api, args: m.args });
    if (m.standin === 'endpoint') endpoint.resolve(m);
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  void exited.then((code) => endpoint.reject(new Error(`main exited with ${code}\n${log}`)));

  let browserPid: number | undefined;
  let browser: Browser;
  try {
    const started = await endpoint.promise;
    browserPid = started.browser;
    browser = await chromium.connectOverCDP(started.endpoint);
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    clean();
    throw new Error(`${String(error)}\n${log}`);
  }
  const [context] = browser.contexts();

  /** A killed main process leaves its Chromium behind. */
  function clean(): void {
    try {
      if (browserPid !== undefined) process.kill(browserPid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  return {
    calls,
    pid: child.pid!,
    log: () => log,
    async firstWindow() {
      const isOurs = (page: Page): boolean => page.url() !== 'about:blank';
      for (const end = Date.now() + 15_000; Date.now() < end;) {
        const page = context!.pages().find(isOurs);
        if (page) return page;
        if (child.exitCode !== null) break;
        await new Promise((r) => setTimeout(r, 50));
      }
      throw new Error(`no window\n${log}`);
    },
    answer: (api, value) => void child.send({ standin: 'answer', api, value }),
    menu: (id) => void child.send({ standin: 'menu', id }),
    closeWindow: () => void child.send({ standin: 'closeWindow' }),
    blur: () => void child.send({ standin: 'blur' }),
    clickNotification: () => void child.send({ standin: 'clickNotification' }),
    startAgain: (argv) => void child.send({ standin: 'secondInstance', argv }),
    async close() {
      if (child.connected) child.send({ standin: 'quit' });
      const code = await exited;
      await browser.close().catch(() => {});
      clean();
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
      clean();
    },
  };
}
