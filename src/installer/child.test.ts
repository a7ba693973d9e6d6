import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runChild } from './child.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'child-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A shell that starts a grandchild, writes its number into a file and waits for it. */
const family = (file: string): [string, string[]] => ['/bin/sh', ['-c', `sleep 60 & echo $! > ${file}; wait`]];
const pidIn = (file: string): Promise<number> =>
  vi.waitUntil(async () => Number(await readFile(file, 'utf8').catch(() => '')), { timeout: 10_000, interval: 10 });
/** Ended, or about to be: a killed process may stay for a moment. */
const isGone = (pid: number): Promise<boolean> =>
  vi.waitUntil(async () => !(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).includes(') S'), {
    timeout: 10_000,
    interval: 10,
  });

describe.skipIf(process.platform !== 'linux')('a program', () => {
  it('gives its code and what it says', async () => {
    const ended = await runChild('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(ended).toEqual({ code: 3, signal: null, timedOut: false, stdout: 'out\n', stderr: 'err\n' });
  });

  it('that is not there gives no code, and the reason', async () => {
    const { code, stderr } = await runChild('no-such-program-anywhere', []);
    expect(code).toBeNull();
    expect(stderr).toMatch(/ENOENT/);
  });

  it('is ended with all that it started when it is aborted', async () => {
    const abort = new AbortController();
    const file = join(folder, 'pid');
    const ended = runChild(...family(file), { signal: abort.signal });
    const settled = expect(ended).rejects.toMatchObject({ name: 'AbortError' });
    const pid = await pidIn(file);
    abort.abort();
    await settled;
    expect(await isGone(pid)).toBe(true);
  });

  it('is ended with all that it started when it takes too long', async () => {
    const file = join(folder, 'pid');
    const ended = await runChild(...family(file), { limitMs: 500 });
    expect(ended).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    expect(await isGone(await pidIn(file))).toBe(true);
  });

  it('is not even started under a signal that is aborted', async () => {
    await expect(runChild('/bin/sh', [], { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
