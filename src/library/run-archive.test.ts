import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import type { RunState } from '#contract/run.ts';
import { openArchive } from './archive-stream.ts';
import { openLibrary, type Library } from './library.ts';
import { exportRun, importRun } from './run-archive.ts';
import { lockRun } from './run-folder.ts';
import { zipOf, type ZipItem } from './testing/zip.ts';

let folder: string;
let from: Library;
let to: Library;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
  from = await openLibrary(join(folder, 'from'));
  to = await openLibrary(join(folder, 'to'));
});
afterEach(() => rm(folder, { recursive: true }));

const recipe = parseRecipe({ width: 4, subset: 64, epochs: 2 });
/** A run with files of any content: an archive doesn't look into them, but for run.json. */
async function runWith(files: Record<string, Uint8Array | string>, state: RunState = { status: 'completed', at: 5 }) {
  const { id } = await from.runs.create({ recipe, name: 'Mine' });
  await from.runs.update(id, { state });
  for (const [path, content] of Object.entries(files)) {
    const file = join(from.runs.folder(id), path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return await from.runs.read(id);
}
/** Every file of a folder by its path. */
async function filesOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (file) => [file.slice(root.length + 1), await readFile(file, 'hex')] as const)),
  );
}
const archive = (): string => join(folder, 'run.fromnoise');

const runFile = fc.oneof(
  fc.constantFrom('metrics.jsonl', 'log.txt', 'scores.json', 'resume.safetensors'),
  fc.integer({ min: 1, max: 1000 }).map((n) => `checkpoints/epoch-${String(n).padStart(4, '0')}.safetensors`),
  fc
    .tuple(fc.integer({ min: 1, max: 1000 }), fc.constantFrom('results', 'grid'), fc.constantFrom('png', 'safetensors'))
    .map(([n, name, type]) => `samples/epoch-${String(n).padStart(4, '0')}/${name}.${type}`),
);

describe('a run as one file', () => {
  it('comes out as it went in, whatever its files hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(runFile, fc.uint8Array({ maxLength: 3000 }), { maxKeys: 8 }), async (files) => {
        const run = await runWith(files);
        await exportRun(run, archive());
        const back = await importRun(to, archive());
        expect(back).toMatchObject({ id: run.id, name: 'Mine', recipe, state: { status: 'completed' } });
        expect(await filesOf(back.folder)).toEqual(await filesOf(run.folder));
      }),
      { numRuns: 25 },
    );
  });
  it('leaves out locks, half-written files and what else lies there, and follows no links', async () => {
    await writeFile(join(folder, 'secret'), 'secret');
    const run = await runWith({ 'notes.doc': 'x', 'checkpoints/.epoch-0001.safetensors.1.ab.tmp': 'x', 'log.txt': 'kept' });
    await symlink(join(folder, 'secret'), join(run.folder, 'scores.json'));
    await exportRun(run, archive());
    expect(Object.keys(await filesOf((await importRun(to, archive())).folder))).toEqual(['log.txt', 'run.json']);
    // the lock of the export itself is given back
    expect(await readdir(run.folder)).not.toContain('lock');
  });
  it('is not written while a process writes the run, and nothing is left where it can not be', async () => {
    const run = await runWith({});
    const lock = await lockRun(run.folder);
    await expect(exportRun(run, archive())).rejects.toMatchObject({ code: 'busy' });
    await lock.release();
    await expect(exportRun(run, join(folder, 'nowhere', 'run.fromnoise'))).rejects.toMatchObject({ code: 'library' });
    expect((await readdir(folder)).sort()).toEqual(['from', 'to']);
  });
  it('is another run where there is one of its id', async () => {
    const run = await runWith({});
    await exportRun(run, archive());
    const ids = [await importRun(to, archive()), await importRun(to, archive())].map(({ id }) => id);
    expect(ids).toEqual([run.id, `${run.id}-2`]);
    expect((await to.runs.list()).damaged).toEqual([]);
  });
  it('that waited or trained does not begin to train by itself elsewhere', async () => {
    for (const state of [
      { status: 'queued', queuedAt: 1 },
      { status: 'training', startedAt: 1 },
    ] as const) {
      const run = await runWith({}, state);
      await exportRun(run, archive());
      const back = await importRun(to, archive());
      expect(back.state.status).toBe('interrupted');
      expect(JSON.parse(await readFile(join(back.folder, 'run.json'), 'utf8'))).toMatchObject({
        state: { status: 'interrupted' },
      });
    }
  });
});

describe('what is no run', () => {
  const id = 'denoiser-2026-11-25-1200-abcd';
  const runJson = async (): Promise<ZipItem> => {
    const run = await runWith({});
    return { name: `${id}/run.json`, content: await readFile(join(run.folder, 'run.json')) };
  };
  const refused = async (items: readonly ZipItem[]): Promise<string> => {
    await writeFile(archive(), zipOf(items));
    const error: unknown = await importRun(to, archive()).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'bad-input' });
    return (error as Error).message;
  };
  // nothing of it may be anywhere: neither in the library, nor beside it
  afterEach(async () => {
    expect(await readdir(join(to.folder, 'runs'))).toEqual([]);
    expect((await readdir(folder)).filter((name) => !['from', 'to', 'run.fromnoise', 'secret'].includes(name))).toEqual([]);
  });

  it('is refused by the names of its files, wherever they lead', async () => {
    const good = await runJson();
    for (const name of [
      '../evil',
      `${id}/../../evil`,
      `${id}/../run.json`,
      '/etc/evil',
      'C:/evil',
      `${id}\\run.json`,
      `${id}/lock`,
      `${id}/checkpoints/evil.safetensors`,
      `${id}/checkpoints/epoch-0001.safetensors/x`,
      `${id}/samples/epoch-0001/../../../evil`,
      `${id}/log.txt\0.png`,
      `${id}/Log.txt`,
      'UPPER/run.json',
      'run.json',
      `other-run/log.txt`,
    ])
      await refused([good, { name, content: 'x' }]);
  });
  it('is refused whatever path is added, unless it is a file of a run', async () => {
    const good = await runJson();
    const piece = fc.constantFrom('..', '.', '', 'samples', 'checkpoints', 'epoch-0001', 'log.txt', 'grid.png', id, '~', 'con');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 5 }), async (pieces) => {
        const name = pieces.join('/');
        fc.pre(
          ![`${id}/log.txt`, `${id}/samples/epoch-0001/grid.png`].includes(name) && !(name.endsWith('/') && !name.includes('..')),
        );
        await refused([good, { name, content: 'x' }]);
      }),
      { numRuns: 60 },
    );
  });
  it('is refused where it holds a link, a file twice, or nothing', async () => {
    const good = await runJson();
    await writeFile(join(folder, 'secret'), 'secret');
    expect(await refused([good, { name: `${id}/log.txt`, content: join(folder, 'secret'), mode: 0o120777 }])).toContain('a link');
    expect(await refused([good, good])).toContain('twice');
    expect(await refused([])).toContain('no run.json');
    expect(await refused([{ name: `${id}/log.txt`, content: 'x' }])).toContain('no run.json');
  });
  it('is refused where it would fill the disk', async () => {
    const good = await runJson();
    const zeros = Buffer.alloc(80 * 1024 * 1024);
    expect(await refused([good, { name: `${id}/log.txt`, content: zeros }])).toMatch(/would grow from \d+ bytes/);
  });
  it('is refused where sizes or checksums are not what they are said to be', async () => {
    const good = await runJson();
    for (const stored of [true, false]) {
      const zip = zipOf([good, { name: `${id}/log.txt`, content: 'The log of a run, which is long enough.', stored }]);
      const at = zip.indexOf(`${id}/log.txt`) + `${id}/log.txt`.length + 3;
      zip[at] = zip[at]! ^ 0x5a;
      await writeFile(archive(), zip);
      await expect(importRun(to, archive())).rejects.toMatchObject({ code: 'bad-input' });
    }
    // the directory at the end says less than there is: a bomb that looks small
    const zip = zipOf([good, { name: `${id}/log.txt`, content: Buffer.alloc(5_000_000) }]);
    const entry = zip.lastIndexOf(`${id}/log.txt`) - 46;
    zip.writeUInt32LE(10, entry + 24);
    await writeFile(archive(), zip);
    await expect(importRun(to, archive())).rejects.toMatchObject({ code: 'bad-input' });
  });
  it('is refused where it is cut short, or never was an archive', async () => {
    const whole = zipOf([await runJson()]);
    for (const bytes of [whole.subarray(0, whole.length - 30), whole.subarray(0, 50), Buffer.from('hello'), Buffer.alloc(0)]) {
      await writeFile(archive(), bytes);
      await expect(importRun(to, archive())).rejects.toMatchObject({ code: 'bad-input' });
    }
  });
  it('is not found where there is no such file', async () => {
    await expect(importRun(to, archive())).rejects.toMatchObject({
      code: 'not-found',
      message: `There is no file ${archive()}.`,
    });
    await expect(importRun(to, archive(), { called: 'mine.fromnoise' })).rejects.toThrow('There is no file mine.fromnoise.');
  });
  it('is refused where its run.json is none, saying what is wrong with it', async () => {
    expect(await refused([{ name: `${id}/run.json`, content: '{}' }])).toMatch(/run\.json is damaged/);
    expect(await refused([{ name: `${id}/run.json`, content: 'no' }])).toMatch(/run\.json is not JSON/);
  });
});

describe('taking a run in', () => {
  it('tells how far it is, and under which id the run was exported', async () => {
    const run = await runWith({ 'log.txt': 'x'.repeat(300_000), 'checkpoints/epoch-0001.safetensors': new Uint8Array(200_000) });
    await exportRun(run, archive());
    const told: [number, number][] = [];
    await importRun(to, archive());
    const second = await importRun(to, archive(), { onProgress: (bytes, of) => void told.push([bytes, of]) });
    expect(second).toMatchObject({ id: `${run.id}-2`, archivedId: run.id });
    const total = 500_000 + (await stat(join(run.folder, 'run.json'))).size;
    expect(new Set(told.map(([, of]) => of))).toEqual(new Set([total]));
    expect(told.map(([bytes]) => bytes)).toEqual(told.map(([bytes]) => bytes).sort((a, b) => a - b));
    expect(told.at(-1)![0]).toBe(total);
  });
  it('is cancelled at any moment, and leaves nothing', async () => {
    await exportRun(await runWith({ 'log.txt': 'x'.repeat(3_000_000), 'scores.json': 'x'.repeat(1_000_000) }), archive());
    for (const after of [0, 1, 2_000_000, 3_500_000]) {
      const controller = new AbortController();
      const onProgress = (bytes: number): void => {
        if (bytes >= after) controller.abort(new Error('enough'));
      };
      if (after === 0) controller.abort(new Error('enough'));
      await expect(importRun(to, archive(), { signal: controller.signal, onProgress })).rejects.toThrow('enough');
      expect(await readdir(join(to.folder, 'runs'))).toEqual([]);
    }
  });
});

describe('a run that is read as an archive', () => {
  it('is given free, and its files closed, when nobody reads on', async () => {
    const run = await runWith({ 'checkpoints/epoch-0001.safetensors': new Uint8Array(20_000_000) });
    const open = await openArchive(run);
    await open.stream[Symbol.asyncIterator]().next();
    await expect(openArchive(run)).rejects.toMatchObject({ code: 'busy' });
    await open.close();
    expect(await filesOpenIn(run.folder)).toEqual([]);
    await (await openArchive(run)).close();
    expect(await readdir(run.folder)).not.toContain('lock');
  });
  it('fails with what the disk says of a file that is gone meanwhile', async () => {
    const files = ['0001', '0002', '0003'].map((n) => [`checkpoints/epoch-${n}.safetensors`, new Uint8Array(500_000)] as const);
    const run = await runWith(Object.fromEntries(files));
    const open = await openArchive(run);
    await rm(join(run.folder, 'checkpoints/epoch-0003.safetensors'));
    await expect(open.stream.toArray()).rejects.toMatchObject({
      code: 'library',
      message: expect.stringContaining('epoch-0003.safetensors') as string,
    });
    await open.close();
  });
});

/** The files in a folder that this process has open, where the system tells. */
async function filesOpenIn(root: string): Promise<string[]> {
  const links = await readdir('/proc/self/fd').catch((): string[] => []);
  const files = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return files.filter((file) => file.startsWith(root));
}

describe('a large run', () => {
  it('comes out as it went in, its weights stored as they are', async () => {
    const bytes = Buffer.alloc(30 * 1024 * 1024);
    for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
    const run = await runWith({ 'checkpoints/epoch-0001.safetensors': bytes });
    await exportRun(run, archive());
    // weights are stored as they are
    expect((await stat(archive())).size).toBeGreaterThan(bytes.length);
    const back = await importRun(to, archive());
    expect((await readFile(join(back.folder, 'checkpoints/epoch-0001.safetensors'))).equals(bytes)).toBe(true);
  });
});
