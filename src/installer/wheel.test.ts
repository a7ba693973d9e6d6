import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { zipOf } from '#library/testing/zip.ts';
import { sha256Of, Wheel } from './wheel.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wheel-'));
});
afterEach(() => rm(folder, { recursive: true }));

const large = Buffer.alloc(300_000, 'tensor');
async function open(...items: Parameters<typeof zipOf>[0]): Promise<Wheel> {
  await writeFile(join(folder, 'a.whl'), zipOf(items));
  return await Wheel.open(join(folder, 'a.whl'));
}

describe('a wheel', () => {
  it('gives the files that are asked for, deflated or stored, and only these', async () => {
    const wheel = await open({ name: 'a/large.so', content: large }, { name: 'a/small.h', content: 'int;', stored: true });
    expect(wheel.names()).toEqual(['a/large.so', 'a/small.h']);
    expect([wheel.bytes('a/large.so'), wheel.has('a/small.h'), wheel.has('b')]).toEqual([300_000, true, false]);
    let told = 0;
    await wheel.extract('a/large.so', join(folder, 'out', 'large.so'), { onBytes: (count) => (told += count) });
    await wheel.extract('a/small.h', join(folder, 'out', 'small.h'));
    wheel.close();
    expect((await readFile(join(folder, 'out', 'large.so'))).equals(large)).toBe(true);
    expect(await readFile(join(folder, 'out', 'small.h'), 'utf8')).toBe('int;');
    expect(told).toBe(300_000);
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['large.so', 'small.h']);
  });

  it('makes programs that can be run', async () => {
    const wheel = await open({ name: 'bin/ptxas', content: '', mode: 0o755 }, { name: 'bin/readme', content: '' });
    for (const name of ['ptxas', 'readme']) await wheel.extract(`bin/${name}`, join(folder, name));
    wheel.close();
    expect((await stat(join(folder, 'ptxas'))).mode & 0o100).toBe(0o100);
    expect((await stat(join(folder, 'readme'))).mode & 0o100).toBe(0);
  });

  it.each(['../outside.so', '/etc/passwd', 'a/../../b', 'C:/b', 'a\\..\\..\\b'])(
    'is refused when a name in it is %s',
    async (name) => {
      await expect(open({ name: 'a.h', content: '' }, { name, content: 'x' })).rejects.toThrow(
        /relative path|absolute path|invalid char/,
      );
    },
  );

  it('is refused when it is cut short, or no zip file', async () => {
    const whole = zipOf([{ name: 'a.so', content: large }]);
    const file = join(folder, 'a.whl');
    for (const bytes of [whole.subarray(0, whole.length - 30), Buffer.from('<html>404</html>')]) {
      await writeFile(file, bytes);
      await expect(Wheel.open(file)).rejects.toThrow();
    }
  });

  it('stops unpacking when it is asked to', async () => {
    const wheel = await open({ name: 'a.so', content: Buffer.alloc(5_000_000) });
    const abort = new AbortController();
    const unpacked = wheel.extract('a.so', join(folder, 'a.so'), { onBytes: () => abort.abort(), signal: abort.signal });
    await expect(unpacked).rejects.toMatchObject({ name: 'AbortError' });
    wheel.close();
  });

  const namespace = spawnSync('/usr/bin/unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;
  it.runIf(namespace)('tells the code of a disk that is really full', async () => {
    (await open({ name: 'a.so', content: Buffer.alloc(400_000) })).close();
    const source = `
      import { Wheel } from ${JSON.stringify(join(import.meta.dirname, 'wheel.ts'))};
      const wheel = await Wheel.open(process.argv[1]);
      console.log((await wheel.extract('a.so', 'a.so').catch((e) => e)).code);`;
    const mounted =
      'mkdir disk && mount -t tmpfs -o size=64k none disk && cd disk && exec "$0" --input-type=module -e "$1" ../a.whl';
    const { stdout } = spawnSync('/usr/bin/unshare', ['-rm', 'sh', '-c', mounted, process.execPath, source], {
      encoding: 'utf8',
      cwd: folder,
    });
    expect(stdout.trim()).toBe('ENOSPC');
  });
});

describe('a hash', () => {
  it('is the one that sha256sum gives', async () => {
    await writeFile(join(folder, 'abc'), 'abc');
    // FIPS 180-4, "abc"
    expect(await sha256Of(join(folder, 'abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('stops when it is asked to', async () => {
    await writeFile(join(folder, 'large'), Buffer.alloc(3_000_000));
    await expect(sha256Of(join(folder, 'large'), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
