/** The last way: the npm package's own install script, with the library and the binding that it fetches from Google's storage. */
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { runChild } from '../child.ts';
import { diskFull, meansDiskFull } from '../engine-error.ts';
import { bytesBelow, packageFolder } from '../folder.ts';
import { Unavailable, type Way } from './way.ts';

const POLL_MS = 500;
/** The script has no limit of its own, and waits for a dead connection for ever. */
const SILENCE_MS = 60_000;
/** What the script fetches, by its scripts/deps-constants.js. */
const VERSION = '2.9.1';
/** Electron's program does not run as Node. The script itself asks for `node` too. */
const NODE = 'electron' in process.versions ? 'node' : process.execPath;

export const scriptWay: Way = {
  name: 'script',
  label: "tfjs-node-gpu's own script",
  async go({ kind, engine, scratch, from, onProgress, signal }) {
    if (from !== undefined) throw new Unavailable('it takes nothing from a folder');
    const folder = packageFolder(engine);
    const silence = new AbortController();
    const start = await bytesBelow(folder);
    let [fetched, since] = [0, performance.now()];
    const look = async (): Promise<void> => {
      const bytes = (await bytesBelow(folder)) - start;
      if (bytes > fetched) [fetched, since] = [bytes, performance.now()];
      if (performance.now() - since > SILENCE_MS) silence.abort();
      onProgress('download', fetched, 0);
    };
    onProgress('download', 0, 0);
    const watch = setInterval(() => void look(), POLL_MS);
    const env = {
      ...process.env,
      PATH: [join(engine, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin'), process.env['PATH'] ?? ''].join(delimiter),
      TMPDIR: scratch,
    };
    try {
      const script = join('scripts', 'install.js');
      const { code, stdout, stderr } = await runChild(NODE, [script, kind, 'download'], {
        cwd: folder,
        env,
        signal: AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]),
      });
      if (meansDiskFull(stdout + stderr)) throw diskFull(engine);
      if (code === null && /ENOENT/.test(stderr)) throw new Unavailable('there is no Node');
      if (code !== 0) throw new Unavailable(reasonOf(stdout + stderr));
    } catch (error) {
      if (silence.signal.aborted && signal?.aborted !== true)
        throw new Unavailable(`nothing came for ${SILENCE_MS / 1000} seconds`, { cause: error });
      throw error;
    } finally {
      clearInterval(watch);
    }
    return { version: VERSION, source: `libtensorflow ${VERSION}`, libraryPath: [] };
  },
};

/** The error that ended the script, in a few words. */
function reasonOf(output: string): string {
  const host = /(?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)/.exec(output)?.[1] ?? 'storage.googleapis.com';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|socket hang up/.test(output))
    return `${host} can not be reached`;
  const said = output.split('\n').find((line) => /Error: /.test(line)) ?? output.trim().split('\n').at(-1) ?? '';
  return said
    .replace(/^.*Error: /, '')
    .trim()
    .slice(0, 200);
}
