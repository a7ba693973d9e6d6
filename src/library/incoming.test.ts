import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_ARCHIVE_BYTES } from '#contract/archive.ts';
import { removeLeftovers } from './atomic-file.ts';
import { receiveArchive } from './incoming.ts';
import { openLibrary, type Library } from './library.ts';

let folder: string;
let library: Library;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incoming-'));
  library = await openLibrary(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const runs = (): Promise<string[]> => readdir(join(folder, 'runs'));
/** Comes in pieces; where `breaks`, the connection breaks after them. */
async function* pieces(sizes: readonly number[], breaks = false): AsyncGenerator<Uint8Array> {
  for (const [i, size] of sizes.entries()) {
    await Promise.resolve();
    yield new Uint8Array(size).fill(i);
  }
  if (breaks) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}
const receive = (
  sizes: readonly number[],
  bytes: number,
  more: { breaks?: boolean; signal?: AbortSignal; told?: number[] } = {},
) =>
  receiveArchive(library, pieces(sizes, more.breaks), {
    name: 'mine.fromnoise',
    bytes,
    signal: more.signal ?? new AbortController().signal,
    onProgress: (done) => void more.told?.push(done),
  });

describe('a file that comes in', () => {
  it('lies among the runs, hidden, and tells how far it is', async () => {
    const told: number[] = [];
    const file = await receive([1000, 2000], 3000, { told });
    expect(await readFile(file)).toEqual(Buffer.concat([Buffer.alloc(1000), Buffer.alloc(2000, 1)]));
    expect(told).toEqual([1000, 3000]);
    expect(await runs()).toEqual([expect.stringMatching(new RegExp(`^\\.incoming\\.${process.pid}\\.[0-9a-f]+\\.tmp$`))]);
    // a living process's file is its own
    await removeLeftovers(join(folder, 'runs'));
    expect(await runs()).toHaveLength(1);
  });

  it.each([
    ['breaks off', () => receive([1000], 3000), 'closed', 'mine.fromnoise did not arrive whole.'],
    [
      'breaks with its connection',
      () => receive([1000], 3000, { breaks: true }),
      'closed',
      'mine.fromnoise did not arrive whole.',
    ],
    ['is larger than announced', () => receive([1000, 2001], 3000), 'bad-input', 'mine.fromnoise is larger than announced.'],
    [
      'is too large for a run',
      () => receive([1], MOST_ARCHIVE_BYTES + 1),
      'bad-input',
      'mine.fromnoise has 215 GB; the archive of a run has at most 215 GB.',
    ],
  ])('leaves nothing when it %s', async (_what, work, code, message) => {
    await expect(work()).rejects.toMatchObject({ code, message });
    expect(await runs()).toEqual([]);
  });

  it('is refused before it comes where the disk has no room for it', async () => {
    const told: number[] = [];
    await expect(receive([1000], MOST_ARCHIVE_BYTES, { told })).rejects.toMatchObject({
      code: 'disk-full',
      message: `There is no space left to take mine.fromnoise into ${join(folder, 'runs')}.`,
      hint: expect.stringContaining('Nothing of it was taken.') as string,
    });
    expect(told).toEqual([]);
  });

  it('is given up by its signal, and leaves nothing', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let i = 0; ; i++) {
        if (i === 3) controller.abort(new Error('enough'));
        await Promise.resolve();
        yield new Uint8Array(1000);
      }
    }
    const about = { name: 'mine.fromnoise', bytes: 1e9, signal: controller.signal, onProgress: () => undefined };
    await expect(receiveArchive(library, endless(), about)).rejects.toThrow('enough');
    expect(await runs()).toEqual([]);
    await expect(receive([1], 1, { signal: controller.signal })).rejects.toThrow('enough');
    // also one that has fallen silent
    const silent = new AbortController();
    const piece = { next: () => new Promise<never>(() => undefined) };
    const waiting = receiveArchive(library, { [Symbol.asyncIterator]: () => piece }, { ...about, signal: silent.signal });
    await vi.waitUntil(async () => (await runs()).length > 0);
    silent.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await runs()).toEqual([]);
  });

  const module = (name: string): string => JSON.stringify(join(import.meta.dirname, name));
  const slowly = `
    import { receiveArchive } from ${module('incoming.ts')};
    import { openLibrary } from ${module('library.ts')};
    async function* pieces() {
      for (;;) {
        yield new Uint8Array(16_384);
        process.stdout.write('.');
      }
    }
    const about = { name: 'mine.fromnoise', bytes: 500_000, signal: new AbortController().signal, onProgress() {} };
    await receiveArchive(await openLibrary(process.argv[1]), pieces(), { ...about, bytes: Number(process.argv[2]) }).catch((e) =>
      console.log('\\n' + JSON.stringify([e.code, e.message])));`;

  it('is removed by the next process when the one that took it was killed', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', slowly, folder, '1000000000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    await vi.waitUntil(async () => (await runs()).length > 0, { timeout: 20_000 });
    child.kill('SIGKILL');
    await exit;
    expect(await runs()).toEqual([expect.stringMatching(/^\.incoming\..*\.tmp$/)]);
    await removeLeftovers(join(folder, 'runs'));
    expect(await runs()).toEqual([]);
  });

  // a file system of its own; where the system allows none, the tests above stand alone
  const namespace = spawnSync('/usr/bin/unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;
  it.runIf(namespace)('says so when the disk fills up while it comes', () => {
    // what else is written there takes the room that there was at first
    const source = slowly
      .replace(
        "process.stdout.write('.');",
        "if (!full) { full = true; writeFileSync(process.argv[1] + '/other', new Uint8Array(900_000)); }",
      )
      .replace('async function*', "import { writeFileSync } from 'node:fs';\nlet full = false;\nasync function*");
    const mounted = 'mount -t tmpfs -o size=1m none "$0" && exec "$1" --input-type=module -e "$2" "$0" 400000; ls -A "$0/runs"';
    const { stdout } = spawnSync('/usr/bin/unshare', ['-rm', 'sh', '-c', mounted, folder, process.execPath, source], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout.trim())).toEqual([
      'disk-full',
      `There is no space left to take mine.fromnoise into ${join(folder, 'runs')}.`,
    ]);
  });
});
