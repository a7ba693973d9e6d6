import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

const folder = join(root, 'node_modules', 'electron');
/** Left after a failed try, so that not every start waits for another. */
const FAILED = join(root, 'node_modules', '.from-noise', 'electron-failed');
const PROBE_MS = 10_000;
const LIMIT_MS = 10 * 60_000;

/** Electron's program, or undefined when it isn't there. Not by its module, which would start a download. */
export function findElectron() {
  const named = join(folder, 'path.txt');
  if (!existsSync(named)) return undefined;
  const program = join(folder, 'dist', readFileSync(named, 'utf8').trim());
  return existsSync(program) ? program : undefined;
}

/**
 * Electron's program, fetched by its own install script where it isn't there yet; or in words why it can't be used here.
 * After a failure it is only tried `again` when asked to.
 */
export async function provideElectron(node, { again, say }) {
  if (process.platform === 'linux') {
    if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return { why: 'there is no display' };
    if (process.getuid() === 0) return { why: 'its sandbox does not run as root, and From Noise does not run without it' };
  }
  const found = findElectron();
  if (found !== undefined) return { program: found };
  if (!again && existsSync(FAILED)) return { why: 'it could not be fetched; `npm start -- --electron` tries again' };

  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  say(`Fetching Electron ${version} (about 120 MB)`);
  const problem = await fetchElectron(node, version);
  const program = findElectron();
  if (program !== undefined) {
    rmSync(FAILED, { force: true });
    return { program };
  }
  mkdirSync(join(FAILED, '..'), { recursive: true });
  writeFileSync(FAILED, problem);
  return { why: `it could not be fetched: ${problem}; \`npm start -- --electron\` tries again` };
}

/** Runs the install script; gives what went wrong, in a few words. */
async function fetchElectron(node, version) {
  const hasMirror = Object.keys(process.env).some((name) => /^(npm_config_)?electron_mirror$/i.test(name));
  if (!hasMirror) {
    // where GitHub can't be reached, know it in seconds: the script itself waits for minutes
    const url = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`;
    const reached = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_MS) }).then(
      (response) => response.ok,
      () => false,
    );
    if (!reached) return 'github.com can not be reached';
  }
  const { code, output, timedOut } = await run(node, [join(folder, 'install.js')], { quiet: true, limitMs: LIMIT_MS });
  if (timedOut) return `it took longer than ${LIMIT_MS / 60_000} minutes`;
  return code === 0 ? 'its program is missing' : (output.trim().split('\n')[0] ?? 'its install script failed');
}
