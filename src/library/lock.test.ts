import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, lockHolder, type LockHolder } from './lock.ts';

let folder: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-lock-'));
  path = join(folder, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const lockModule = JSON.stringify(join(import.meta.dirname, 'lock.ts'));
/** A process that takes the lock, says whether it got it, and holds it until it is killed. */
async function otherProcess(script = `setInterval(() => {}, 1000);`): Promise<{ child: ChildProcess; said: string }> {
  const source = `
    import { acquireLock } from ${lockModule};
    const taken = await acquireLock(process.argv[1]);
    process.stdout.write(taken.acquired ? 'got it' : 'held by ' + taken.holder.pid);
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString() };
}
async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
const write = (holder: LockHolder) => writeFile(path, JSON.stringify(holder));
const token = 'a'.repeat(32);

describe('a lock', () => {
  it('is held by one at a time, and free again once released', async () => {
    const first = await acquireLock(path);
    if (!first.acquired) throw new Error('should be free');
    expect(await acquireLock(path)).toMatchObject({ acquired: false, holder: { pid: process.pid, host: hostname() } });
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid });
    await first.release();
    expect(await lockHolder(path)).toBeUndefined();
    expect((await acquireLock(path)).acquired).toBe(true);
    expect(await readdir(folder)).toEqual(['lock']);
  });
  it('keeps other processes out, and tells them who holds it', async () => {
    const mine = await acquireLock(path);
    expect((await otherProcess()).said).toBe(`held by ${process.pid}`);
    if (mine.acquired) await mine.release();
    expect((await otherProcess()).said).toBe('got it');
  });
  it('of a killed process is free at once', async () => {
    const { child } = await otherProcess();
    expect(await lockHolder(path)).toMatchObject({ pid: child.pid });
    await kill(child);
    expect(await lockHolder(path)).toBeUndefined();
    expect((await acquireLock(path)).acquired).toBe(true);
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid });
  });
  it.runIf(process.platform === 'linux')('of a process that is dead but not yet buried is free', async () => {
    // the shell starts the holder, becomes `sleep`, and never waits for its child
    const source = `import { acquireLock } from ${lockModule}; await acquireLock(process.argv[1]); process.kill(process.pid, 'SIGKILL')`;
    const parent = spawn(
      'sh',
      ['-c', '"$0" --input-type=module -e "$1" "$2" & echo $!; exec sleep 60', process.execPath, source, path],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(parent);
    const pid = Number(String(((await once(parent.stdout, 'data')) as [Buffer])[0]));
    const state = async () => /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1];
    await expect.poll(state, { timeout: 10_000 }).toBe('Z');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid });
    expect(await lockHolder(path)).toBeUndefined();
  });
  it('of a process whose number was given to another one is free', async () => {
    const { child } = await otherProcess();
    const real = (await lockHolder(path))!;
    await write({ ...real, startedAt: real.startedAt.replace(/\d$/, (d) => String((Number(d) + 1) % 10)) });
    expect(await lockHolder(path)).toBeUndefined();
    await write(real);
    expect(await lockHolder(path)).toEqual(real);
    await kill(child);
  });
  it('of another host is believed to be held', async () => {
    const holder = { host: 'elsewhere.example', pid: 1, startedAt: '', token };
    await write(holder);
    expect(await acquireLock(path)).toEqual({ acquired: false, holder });
  });
  it('that was taken over is not released by the one who lost it', async () => {
    const first = await acquireLock(path);
    const later = { host: hostname(), pid: process.pid, startedAt: '', token };
    await write(later);
    if (first.acquired) await first.release();
    expect(await lockHolder(path)).toEqual(later);
  });
  it('with unreadable content is held while it may be being written, and free later', async () => {
    await writeFile(path, '{"host":');
    expect((await acquireLock(path)).acquired).toBe(false);
    const old = Date.now() / 1000 - 60;
    await utimes(path, old, old);
    expect((await acquireLock(path)).acquired).toBe(true);
  });
  it('never lets what it says become a path elsewhere', async () => {
    await write({ host: hostname(), pid: 0, startedAt: '', token: '/../../../outside' });
    const old = Date.now() / 1000 - 60;
    await utimes(path, old, old);
    expect((await acquireLock(path)).acquired).toBe(true);
    expect(await readdir(folder)).toEqual(['lock']);
  });
  it('names the file when the disk refuses', async () => {
    await expect(acquireLock(join(folder, 'gone', 'lock'))).rejects.toMatchObject({
      code: 'library',
      message: expect.stringContaining(join(folder, 'gone', 'lock')) as string,
    });
  });
});

describe('a lock of a dead process', () => {
  const dead = (n: number) => ({
    host: hostname(),
    pid: 2 ** 22 + 7,
    startedAt: 'then',
    token: n.toString(16).padStart(32, '0'),
  });
  it('goes to exactly one of many that want it at once', async () => {
    for (let round = 0; round < 15; round++) {
      await write(dead(round));
      // one after the other, so that some see the dead lock just before another one has taken it over
      const taken = await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          await new Promise((resolve) => setTimeout(resolve, n / 8));
          return acquireLock(path);
        }),
      );
      expect(taken.filter((t) => t.acquired)).toHaveLength(1);
    }
    expect(await readdir(folder)).toEqual(['lock']);
  });
  it('goes to exactly one of several processes', async () => {
    for (let round = 0; round < 3; round++) {
      await write(dead(round));
      const others = await Promise.all([otherProcess(), otherProcess(), otherProcess()]);
      expect(others.filter((o) => o.said === 'got it')).toHaveLength(1);
      for (const { child } of others) await kill(child);
    }
  });
  it('is taken over also when another one died in the middle of taking it over', async () => {
    await write(dead(1));
    await writeFile(`${path}.${dead(1).token}`, JSON.stringify(dead(2)));
    expect((await acquireLock(path)).acquired).toBe(true);
    expect(await readdir(folder)).toEqual(['lock']);
  });
});
