import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { removeLeftovers, replaceFile } from './atomic-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-file-'));
  file = join(folder, 'checkpoint');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const module = JSON.stringify(join(import.meta.dirname, 'atomic-file.ts'));

describe('replaceFile', () => {
  it('puts the new content in the place of the old and leaves nothing beside it', async () => {
    await replaceFile(file, 'old');
    await replaceFile(file, new Uint8Array(300_000).fill(7));
    expect((await readFile(file)).equals(Buffer.alloc(300_000, 7))).toBe(true);
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });

  it.each([
    ['ENOSPC', 'disk-full', 'There is no space left to write FILE (5,000 bytes).'],
    ['EDQUOT', 'disk-full', 'There is no space left to write FILE (5,000 bytes).'],
    ['EACCES', 'library', 'Not allowed to write FILE (EACCES).'],
    ['EIO', 'library', "Can't write FILE (EIO)."],
  ])('leaves the old file as it was when the disk fails with %s half-way', async (code, expected, message) => {
    await replaceFile(file, 'old');
    const handle = await open(file, 'r');
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const write = vi.spyOn(prototype, 'write');
    // a disk that fills up takes a part first
    write.mockResolvedValueOnce({ bytesWritten: 1000, buffer: '' });
    write.mockRejectedValueOnce(Object.assign(new Error(code), { code }));
    await expect(replaceFile(file, new Uint8Array(5000))).rejects.toMatchObject({
      code: expected,
      message: message.replace('FILE', file),
    });
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });

  // a file system of 64 KB in a namespace of its own; where the system allows none, the test above stands alone
  const namespace = spawnSync('/usr/bin/unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;
  it.runIf(namespace)('tells a disk that is really full, and leaves the old file as it was', () => {
    const source = `
      import { readdirSync, readFileSync } from 'node:fs';
      import { replaceFile } from ${module};
      await replaceFile('checkpoint', 'old');
      const error = await replaceFile('checkpoint', new Uint8Array(200_000)).catch((e) => e);
      console.log(JSON.stringify([error.code, error.message, readFileSync('checkpoint', 'utf8'), readdirSync('.')]));`;
    const mounted = 'mount -t tmpfs -o size=64k none "$0" && cd "$0" && exec "$1" --input-type=module -e "$2"';
    const { stdout, stderr } = spawnSync('/usr/bin/unshare', ['-rm', 'sh', '-c', mounted, folder, process.execPath, source], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      'disk-full',
      'There is no space left to write checkpoint (200,000 bytes).',
      'old',
      ['checkpoint'],
    ]);
  });

  it('leaves the old content or the new when it is killed at any moment', async () => {
    const size = 4_000_000;
    const source = `
      import { replaceFile } from ${module};
      for (let i = 1; ; i++) {
        await replaceFile(process.argv[1], new Uint8Array(${size}).fill(i % 200));
        process.stdout.write('.');
      }`;
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', source, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const exit = once(child, 'exit');
      await new Promise((resolve) => setTimeout(resolve, round * 5));
      child.kill('SIGKILL');
      await exit;
      const bytes = await readFile(file);
      expect(bytes.length).toBe(size);
      expect(bytes.equals(Buffer.alloc(size, bytes[0]))).toBe(true);
    }
    await removeLeftovers(folder);
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });
});

describe('removeLeftovers', () => {
  it('leaves alone what a living process writes, and files that only look alike', async () => {
    const names = [`.run.json.${process.pid}.0badcafe.tmp`, '.notes.tmp', 'run.json'].sort();
    for (const name of names) await writeFile(join(folder, name), '');
    await removeLeftovers(folder);
    expect((await readdir(folder)).sort()).toEqual(names);
  });
  it('finds nothing to do in a folder that is not there', async () => {
    await expect(removeLeftovers(join(folder, 'gone'))).resolves.toBeUndefined();
  });
});
