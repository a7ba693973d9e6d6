import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePrograms } from '#installer/testing/programs.ts';

let folder: string;
let engines: string;
/** all of PATH */
let programs: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-engine-'));
  [engines, programs] = [join(folder, 'engines'), join(folder, 'bin')];
});
afterEach(() => rm(folder, { recursive: true }));

/** The command line with none of this machine's programs, and a proxy that answers nobody. */
const start = (...args: string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'engine', ...args], {
    env: {
      PATH: programs,
      HTTPS_PROXY: 'http://127.0.0.1:9',
      FROM_NOISE_ENGINES: engines,
      FROM_NOISE_CONFIG: join(folder, 'config'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
async function run(...args: string[]): Promise<{ code: number; lines: string[]; errors: string }> {
  const child = start(...args);
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, lines: out.split('\n').slice(0, -1), errors };
}

describe.skipIf(process.platform !== 'linux')('from-noise engine', () => {
  it('says that nothing is installed, for people and programs', async () => {
    const plain = await run('list');
    expect(plain.lines).toEqual(['TensorFlow is not installed. `from-noise engine install tensorflow` installs it.']);
    expect(JSON.parse((await run('list', '--json')).lines[0]!)).toMatchObject({
      type: 'none',
      reason: 'TensorFlow is not installed.',
    });
  });

  it('says in one line why it can not be had, without pip, compiler, Python and network', async () => {
    const { code, lines, errors } = await run('install', 'tensorflow', '--json');
    expect(code).toBe(2);
    const reason =
      "TensorFlow could not be installed. PyPI's wheel: there is no C++ compiler (c++, g++ or clang++); a Python's TensorFlow: there is no Python; tfjs-node-gpu's own script: storage.googleapis.com can not be reached.";
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'error', code: 'device', message: reason });
    expect(errors.split('\n')[0]).toBe(`error: ${reason}`);
    expect(await readdir(engines)).toEqual([]);
  });

  it('refuses one for GPUs before anything is fetched where there is no driver', async () => {
    const { code, errors } = await run('install', 'tensorflow', '--gpu');
    expect(code).toBe(2);
    expect(errors).toMatch(
      /^error: TensorFlow for GPUs was not installed: no NVIDIA driver was found \(nvidia-smi is not there\)/,
    );
  });

  it('leaves nothing at Ctrl-C, and says so', async () => {
    // pip hangs in its download
    const pip = 'case "$*" in *--version*) exit 0;; esac; echo torn > "$TMPDIR/torn"; exec /bin/sleep 60';
    await writePrograms(programs, { 'c++': 'exit 0', pip });
    const child = start('install', 'tensorflow', '--json');
    let out = '';
    const downloading = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        if (/"stage":"download","bytesDone":[1-9]/.test(out)) resolve();
      });
    });
    await downloading;
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    expect(JSON.parse(out.trim().split('\n').at(-1)!)).toEqual({ type: 'cancelled' });
    expect(await readdir(engines)).toEqual([]);
  });
});
