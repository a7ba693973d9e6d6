import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineEnvironment } from './environment.ts';
import { packageFolder } from './folder.ts';
import { proveEngine } from './proof.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proof-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Proves a folder in whose package there is this instead of TensorFlow. */
async function prove(script: string, signal?: AbortSignal): Promise<unknown> {
  await mkdir(packageFolder(folder), { recursive: true });
  await writeFile(join(packageFolder(folder), 'index.js'), script);
  return await proveEngine({ folder, kind: 'cpu', libraryPath: [] }, signal);
}

describe('the self-check of an engine', () => {
  it('fails, and says what is missing, when the library does not load', async () => {
    const failure = { code: 'device', message: expect.stringContaining('libtensorflow_cc.so.2 could not be loaded') as string };
    const loading = "throw new Error('libtensorflow_cc.so.2: cannot open shared object file: No such file or directory')";
    await expect(prove(loading)).rejects.toMatchObject(failure);
  });

  it.skipIf(process.platform === 'win32')('fails, and names the signal, when native code crashes', async () => {
    await expect(prove("process.kill(process.pid, 'SIGSEGV')")).rejects.toMatchObject({
      code: 'device',
      message: 'TensorFlow did not pass its self-check: its process crashed (SIGSEGV).',
    });
  });

  it('fails when the process ends with an error, whatever it has reported', async () => {
    const report = JSON.stringify({ engine: 'TensorFlow', checks: [{ check: 'a', error: 0, tolerance: 1 }] });
    const script = `require('fs').writeSync(1, ${JSON.stringify(`${report}\n`)}); throw new Error('afterwards');`;
    await expect(prove(script)).rejects.toMatchObject({ message: expect.stringContaining('afterwards') as string });
  });

  it('fails when the process ends without a word', async () => {
    await expect(prove('process.exit(0)')).rejects.toMatchObject({ code: 'device' });
  });

  it('ends with the signal that it is given', async () => {
    const hanging = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';
    await expect(prove(hanging, AbortSignal.timeout(500))).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('the environment of an engine', () => {
  it('holds the folders of its libraries before those that were there, and what GPUs need', () => {
    const engine = { folder: '/e', kind: 'gpu', libraryPath: ['nvidia/cudnn/lib', '/e/nvidia/cublas/lib'] } as const;
    const environment = engineEnvironment(engine, { LD_LIBRARY_PATH: '/before', DYLD_LIBRARY_PATH: '/before', PATH: '/before' });
    expect(Object.values(environment)).toContain(
      ['/e/nvidia/cudnn/lib', '/e/nvidia/cublas/lib', '/before'].join(process.platform === 'win32' ? ';' : ':'),
    );
    expect(environment).toMatchObject({ TF_FORCE_GPU_ALLOW_GROWTH: 'true', TF_DETERMINISTIC_OPS: '1' });
  });

  it('is empty for one on the processor', () => {
    expect(engineEnvironment({ folder: '/e', kind: 'cpu', libraryPath: [] }, {})).toEqual({});
  });
});
