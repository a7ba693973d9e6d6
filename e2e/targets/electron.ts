import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { _electron, expect } from '@playwright/test';
import { findElectron } from '../../scripts/electron.mjs';
import type { RunningStudio } from './target.ts';

/** Why the real Electron can't be tested here, or undefined when it can. */
export function whyNoElectron(): string | undefined {
  if (findElectron() === undefined) return "Electron's program is not here";
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) return 'there is no display';
  return undefined;
}

/** The desktop bundles on Electron itself. */
export async function openElectron(env: NodeJS.ProcessEnv): Promise<RunningStudio> {
  const profile = await mkdtemp(join(tmpdir(), 'electron-'));
  const app = await _electron.launch({
    executablePath: findElectron()!,
    // its sandbox does not run as root; everything else is as people run it
    args: ['.', `--user-data-dir=${profile}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    env: Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)),
  });
  const child = app.process();
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const page = await app.firstWindow();
  const clean = () => rm(profile, { recursive: true, force: true, maxRetries: 10 });
  return {
    page,
    pid: child.pid!,
    log: () => log,
    async saved(act) {
      // a save path that is set keeps the dialog away, which nobody here could answer
      await app.evaluate(({ session }, folder) => {
        session.defaultSession.once('will-download', (_event, item) => {
          const path = `${folder}/${item.getFilename()}`;
          item.setSavePath(path);
          item.once('done', () => (process.env['E2E_SAVED'] = path));
        });
      }, profile);
      await act();
      const path = () => app.evaluate(() => process.env['E2E_SAVED']);
      await expect.poll(path).toBeDefined();
      const saved = (await path())!;
      return { fileName: basename(saved), bytes: await readFile(saved) };
    },
    async close() {
      await app.close();
      await clean();
    },
    async kill() {
      child.kill('SIGKILL');
      await clean();
    },
  };
}
