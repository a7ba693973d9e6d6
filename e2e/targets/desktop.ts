import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect } from '@playwright/test';
import { launch, type StandinApp } from '../standin/launch.ts';
import type { RunningStudio } from './target.ts';

export interface RunningDesktop extends RunningStudio {
  readonly app: StandinApp;
}

/** The desktop bundles on the stand-in for Electron. */
export async function openDesktop(env: NodeJS.ProcessEnv): Promise<RunningDesktop> {
  const app = await launch('out/main/index.js', env);
  const page = await app.firstWindow();
  return {
    app,
    page,
    pid: app.pid,
    log: app.log,
    async saved(act) {
      const before = app.calls.length;
      await act();
      const asked = () => app.calls.slice(before).find(({ api }) => api === 'downloadItem.saveDialog');
      await expect.poll(asked).toBeDefined();
      const [{ defaultPath }] = asked()!.args as [{ defaultPath: string }];
      // it is asked for just before the file is put there
      await expect.poll(() => existsSync(defaultPath)).toBe(true);
      return { fileName: basename(defaultPath), bytes: await readFile(defaultPath) };
    },
    async close() {
      expect(await app.close(), app.log()).toBe(0);
    },
    kill: app.kill,
  };
}
