import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyPackage } from './package-copy.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the engine's own copy of the npm package", () => {
  it('loads by itself all but the binding, of which it has the sources, without the files that Node never loads', async () => {
    await copyPackage(folder);
    const require = createRequire(`${folder}/`);
    const parts = join(folder, 'node_modules/@tensorflow/tfjs');
    expect((require(parts) as { version_core: string }).version_core).toBe('4.22.0');
    expect(() => require('@tensorflow/tfjs-node-gpu') as unknown).toThrow(/tfjs_binding\.node\) can not be found/);
    for (const file of ['@tensorflow/tfjs-node-gpu/binding/tfjs_backend.cc', 'node-api-headers/include/node_api.h'])
      await access(join(folder, 'node_modules', file));
    const files = await readdir(join(folder, 'node_modules'), { recursive: true });
    expect(files.filter((file) => /\.(map|ts)$|^core-js|\.es2017\./.test(file))).toEqual([]);
    expect(files.length).toBeLessThan(2000);
  });

  it('stops when it is asked to', async () => {
    await expect(copyPackage(folder, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
