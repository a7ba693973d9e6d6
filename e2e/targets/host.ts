import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Browser } from '@playwright/test';
import type { RunningStudio } from './target.ts';

export interface RunningHost extends RunningStudio {
  /** The link that lets a browser in. */
  readonly link: string;
}

/** `from-noise serve`, looked at by a browser. */
export async function openHost(env: NodeJS.ProcessEnv, browser: Browser): Promise<RunningHost> {
  const child = spawn(process.execPath, ['out/main/cli.js', 'serve', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let log = '';
  const link = await new Promise<string>((found, failed) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const [url] = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(log) ?? [];
        if (url !== undefined) found(url);
      });
    child.once('exit', (code) => failed(new Error(`serve ended with ${String(code)}\n${log}`)));
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(link);
  // the link leads on, to an address without the token
  await page.waitForURL((url) => url.search === '');

  async function end(signal: NodeJS.Signals): Promise<void> {
    await context.close();
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  }
  return {
    page,
    link,
    pid: child.pid!,
    log: () => log,
    async saved(act) {
      const [download] = await Promise.all([page.waitForEvent('download'), act()]);
      return { fileName: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    },
    close: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
