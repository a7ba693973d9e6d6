import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type Browser, type Page } from '@playwright/test';
import { openDesktop } from './targets/desktop.ts';
import { openElectron, whyNoElectron } from './targets/electron.ts';
import { openHost } from './targets/host.ts';
import type { RunningStudio, TargetName } from './targets/target.ts';

/** The studio of a test: it starts on its first use, on the project's target, in a library of its own. */
export interface TestStudio {
  readonly target: TargetName;
  /** Folder of the library. */
  readonly library: string;
  /** Folder for files of the test, beside the library; those of a page that is dropped on are looked for here. */
  readonly files: string;
  /** Environment for another process on the same library and settings: a command line. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts it, if it doesn't run, and gives its page, loaded. */
  open(): Promise<Page>;
  /** What runs; throws when nothing does. */
  readonly running: RunningStudio;
  /** Ends it as a person would. */
  close(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Puts a picture of the page into test-results/shots. */
  shot(name: string): Promise<void>;
}

/** Starts a studio: past the test's own, on another library. Whoever starts it closes it. */
export async function startStudio(target: TargetName, env: NodeJS.ProcessEnv, browser: Browser): Promise<RunningStudio> {
  const running = await (target === 'host'
    ? openHost(env, browser)
    : target === 'desktop'
      ? openDesktop(env)
      : openElectron(env));
  // it leads on to the page that was open last
  await running.page.waitForURL((url) => url.hash.length > '#/'.length);
  return running;
}

export const test = base.extend<{ studio: TestStudio }, { target: TargetName }>({
  target: ['host', { option: true, scope: 'worker' }],

  studio: async ({ target, browser }, use, testInfo) => {
    const why = target === 'electron' ? whyNoElectron() : undefined;
    testInfo.skip(why !== undefined, why);
    const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
    const library = join(folder, 'library');
    const env = {
      ...process.env,
      FROM_NOISE_LIBRARY: library,
      FROM_NOISE_CONFIG: join(folder, 'config'),
      FROM_NOISE_TENSORFLOW: '',
      FROM_NOISE_ENGINES: join(folder, 'engines'),
      FROM_NOISE_NO_ENGINE_INSTALL: '1',
      STANDIN_FILES: folder,
    };
    let running: RunningStudio | undefined;
    const start = (): Promise<RunningStudio> => startStudio(target, env, browser);
    const studio: TestStudio = {
      target,
      library,
      files: folder,
      env,
      async open() {
        running ??= await start();
        return running.page;
      },
      get running() {
        if (running === undefined) throw new Error('the studio is not open');
        return running;
      },
      async close() {
        const closing = running;
        running = undefined;
        await closing?.close();
      },
      async kill() {
        const killed = running;
        running = undefined;
        await killed?.kill();
      },
      async shot(name) {
        await mkdir('test-results/shots', { recursive: true });
        await this.running.page.screenshot({ path: `test-results/shots/${name}-${target}.png` });
      },
    };
    await use(studio);
    if (running !== undefined && testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('page', {
        body: await running.page.screenshot().catch(() => Buffer.alloc(0)),
        contentType: 'image/png',
      });
      await testInfo.attach('log', { body: running.log(), contentType: 'text/plain' });
    }
    await studio.close();
    // a trainer whose studio was killed may still be saving its place
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  },
});
export { expect } from '@playwright/test';
