import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

const DOWNLOAD_MS = 5 * 60_000;

/**
 * A Chromium or Chrome for the tests: CHROMIUM, the system's, Playwright's. Undefined when there is none that starts.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const { CHROMIUM } = process.env;
  if (CHROMIUM) {
    if (starts(CHROMIUM)) return CHROMIUM;
    throw new Error(`CHROMIUM is ${CHROMIUM}, which does not start. Name a Chromium or Chrome, or leave it out.`);
  }
  return [...systemBrowsers(), playwrightBrowser()].find((file) => existsSync(file) && starts(file));
}

function systemBrowsers() {
  if (process.platform === 'darwin')
    return ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  if (process.platform === 'win32')
    return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
      .filter((name) => process.env[name])
      .map((name) => join(process.env[name], 'Google', 'Chrome', 'Application', 'chrome.exe'));
  const names = ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

const playwrightBrowser = () => createRequire(join(root, 'package.json'))('@playwright/test').chromium.executablePath();

/** A browser may be there without its libraries, or be a stub that asks for another package. */
function starts(file) {
  // Windows' Chrome opens a window instead of telling its version
  if (process.platform === 'win32') return existsSync(file);
  return spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 30_000 }).status === 0;
}

/** Finds a Chromium, or installs one: Playwright's download, else Debian's package where we are root. Throws when neither can be had. */
export async function provideChromium(node, say) {
  const found = findChromium();
  if (found !== undefined) return found;

  say('Fetching a Chromium for the tests (Playwright’s, about 170 MB)');
  const playwright = join('node_modules', '@playwright', 'test', 'cli.js');
  const download = await run(node, [playwright, 'install', 'chromium'], { quiet: true, limitMs: DOWNLOAD_MS });
  const fetched = findChromium();
  if (fetched !== undefined) return fetched;
  const why = download.timedOut ? `took longer than ${DOWNLOAD_MS / 60_000} minutes` : 'did not give one that starts';

  const isDebian = process.platform === 'linux' && existsSync('/usr/bin/apt-get');
  if (!isDebian || process.getuid() !== 0)
    throw new Error(
      `The e2e tests need a Chromium or Chrome; there is none here, and Playwright's download ${why}. ` +
        `Install one (Debian: apt-get install chromium), or name one: CHROMIUM=/path/to/chrome npm test.`,
    );
  say(`Playwright's download ${why}: installing Debian’s package chromium`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  let output = '';
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const step = await run('/usr/bin/apt-get', args, { quiet: true, env });
    output += step.output;
  }
  const installed = findChromium();
  if (installed === undefined) throw new Error(`apt-get install chromium did not give a Chromium that starts:\n${output}`);
  return installed;
}
