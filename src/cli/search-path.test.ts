import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-path-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.skipIf(process.platform !== 'linux')(
  "a command computes with the folders of the engine's CUDA in its search path",
  async () => {
    const cuda = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu/deps/nvidia/cudnn/lib');
    await mkdir(cuda, { recursive: true });
    // what the loader sees is what the process was started with
    const script = `
    import { provideSearchPath } from ${JSON.stringify(join(import.meta.dirname, 'search-path.ts'))};
    import { readFileSync, writeFileSync } from 'node:fs';
    await provideSearchPath();
    writeFileSync(process.argv[1], process.pid + '\\0' + readFileSync('/proc/self/environ'));`;
    const out = join(folder, 'environ');
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, out], {
      env: { ...process.env, FROM_NOISE_TENSORFLOW: folder, LD_LIBRARY_PATH: '/before' },
      stdio: 'inherit',
    });
    expect(await new Promise((ended) => child.on('exit', ended))).toBe(0);
    const [pid, ...variables] = (await readFile(out, 'utf8')).split('\0');
    expect(Number(pid)).toBe(child.pid);
    expect(variables).toContain(`LD_LIBRARY_PATH=${cuda}:/before`);
  },
);
