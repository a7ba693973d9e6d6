import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { runIdSchema } from '#contract/run.ts';
import { openLibrary, type Library } from './library.ts';
import { lockRun, runLock, updateRun } from './run-folder.ts';

const recipe = presetRecipe('denoiser', 'quick');
let library: Library;
beforeEach(async () => {
  library = await openLibrary(await mkdtemp(join(tmpdir(), 'from-noise-runs-')));
});
afterEach(() => rm(library.folder, { recursive: true, force: true }));

const create = () => library.runs.create({ recipe });

describe('a new run', () => {
  it('is a folder whose name is its id, with the recipe in run.json', async () => {
    const run = await create();
    expect(runIdSchema.safeParse(run.id).success).toBe(true);
    expect(run.id).toMatch(/^denoiser-\d{4}-\d\d-\d\d-\d{4}-[a-z2-9]{4}$/);
    expect(run.folder).toBe(join(library.folder, 'runs', run.id));
    expect(run).toMatchObject({ name: 'Denoiser, D = 16', recipe, holder: undefined, checkpoints: [], sampledEpochs: [] });
    expect(run.state.status).toBe('queued');
    expect(await library.runs.read(run.id)).toEqual(run);
    expect((await readdir(run.folder)).sort()).toEqual(['checkpoints', 'run.json', 'samples']);
  });
  it('takes the name that is given', async () => {
    expect((await library.runs.create({ recipe, name: 'Second try' })).name).toBe('Second try');
  });
  it('gets an id of its own, also when many are made at once', async () => {
    const runs = await Promise.all(Array.from({ length: 30 }, create));
    expect(new Set(runs.map((r) => r.id)).size).toBe(30);
    expect((await library.runs.list()).runs).toHaveLength(30);
    expect((await readdir(join(library.folder, 'runs'))).filter((n) => n.startsWith('.'))).toEqual([]);
  });
});

describe('reading', () => {
  it('lists the newest first', async () => {
    const a = await create();
    const b = await create();
    await library.runs.update(a.id, { createdAt: b.createdAt + 1000 });
    expect((await library.runs.list()).runs.map((r) => r.id)).toEqual([a.id, b.id]);
  });
  it.each([
    ['cut short', '{"format": 1, "id"', /run\.json is not JSON/],
    ['empty', '', /run\.json is not JSON/],
    ['of another form', '{"format": 2}', /run\.json is damaged: format/],
    ['missing', undefined, /run\.json is missing/],
  ])('goes on when a run.json is %s, and tells which', async (_, text, message) => {
    const [good, bad] = [await create(), await create()];
    if (text === undefined) await rm(join(bad.folder, 'run.json'));
    else await writeFile(join(bad.folder, 'run.json'), text);
    const { runs, damaged } = await library.runs.list();
    expect(runs.map((r) => r.id)).toEqual([good.id]);
    expect(damaged).toMatchObject([
      { folder: bad.folder, error: { code: 'library', message: expect.stringMatching(message) as string } },
    ]);
    await expect(library.runs.read(bad.id)).rejects.toMatchObject({ code: 'library' });
  });
  it('names a bad recipe field with its value and range', async () => {
    const run = await create();
    const text = await readFile(join(run.folder, 'run.json'), 'utf8');
    await writeFile(join(run.folder, 'run.json'), text.replace('"width": 16', '"width": 0'));
    await expect(library.runs.read(run.id)).rejects.toThrow('width is 0; it must be a whole number from 1 to 512');
  });
  it('takes a copied folder as a run of its own', async () => {
    const run = await create();
    await cp(run.folder, join(library.folder, 'runs', 'my-copy'), { recursive: true });
    expect((await library.runs.read('my-copy')).id).toBe('my-copy');
    await cp(run.folder, join(library.folder, 'runs', 'My copy'), { recursive: true });
    expect((await library.runs.list()).damaged).toMatchObject([
      { error: { message: expect.stringContaining('My copy') as string } },
    ]);
  });
  it('overlooks a run that is still being made, and a later one clears away what a dead process left of it', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const left = join(library.folder, 'runs', `.run.${child.pid!}.0badcafe.tmp`);
    await mkdir(join(left, 'checkpoints'), { recursive: true });
    expect(await library.runs.list()).toEqual({ runs: [], damaged: [] });
    const run = await create();
    expect(await readdir(join(library.folder, 'runs'))).toEqual([run.id]);
  });
  it.each(['../../etc', 'A', '', '.', 'a/b', 'a'.repeat(81)])('refuses the id %j', async (id) => {
    await expect(library.runs.read(id)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(library.runs.remove(id)).rejects.toMatchObject({ code: 'bad-input' });
  });
  it('says when there is no such run', async () => {
    await expect(library.runs.read('nothing')).rejects.toMatchObject({ code: 'not-found' });
    await expect(library.runs.update('nothing', { name: 'x' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(library.runs.remove('nothing')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a run that says it is training', () => {
  const training = { state: { status: 'training', startedAt: 1 } } as const;
  it('is training while its writer lives, and interrupted as soon as it is dead, without a rewrite', async () => {
    const { id, folder } = await create();
    const lock = await lockRun(folder);
    await library.runs.update(id, training);
    expect(await library.runs.read(id)).toMatchObject({ ...training, holder: { pid: process.pid, host: hostname() } });
    await lock.release();
    const before = await readFile(join(folder, 'run.json'), 'utf8');
    expect((await library.runs.read(id)).state).toEqual({ status: 'interrupted' });
    expect(await readFile(join(folder, 'run.json'), 'utf8')).toBe(before);
  });
  it('is believed when its writer is on another host', async () => {
    const { id, folder } = await create();
    await library.runs.update(id, training);
    const holder = { host: `not-${hostname()}`, pid: 1, startedAt: '', token: '0'.repeat(32) };
    await writeFile(runLock(folder), JSON.stringify(holder));
    expect(await library.runs.read(id)).toMatchObject({ ...training, holder });
  });
  it('shows a change the state as it reads, and keeps on disk what the change does not name', async () => {
    const { id, folder } = await create();
    await library.runs.update(id, training);
    let seen = '';
    const after = await library.runs.update(id, (run) => {
      seen = run.state.status;
      return { name: 'Renamed' };
    });
    expect([seen, after.state.status, after.name]).toEqual(['interrupted', 'interrupted', 'Renamed']);
    expect(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'))).toMatchObject({ ...training, name: 'Renamed' });
  });
});

describe('updates', () => {
  it('refuse what run.json may not hold, and leave it as it was', async () => {
    const run = await create();
    await expect(library.runs.update(run.id, { name: '' })).rejects.toThrow();
    await expect(
      library.runs.update(run.id, () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await library.runs.read(run.id)).toEqual(run);
  });
  it('of several processes at once are all kept', async () => {
    const run = await create();
    const count = `
      import { updateRun } from ${JSON.stringify(join(import.meta.dirname, 'run-folder.ts'))};
      for (let i = 0; i < 20; i++)
        await updateRun(process.argv[1], ({ progress }) => ({ progress: { ...progress, step: progress.step + 1 } }));`;
    const children = [1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', count, run.folder], { stdio: 'inherit' }),
    );
    const exits = children.map((child) => once(child, 'exit'));
    const here = Promise.all(
      Array.from({ length: 20 }, () =>
        updateRun(run.folder, ({ progress }) => ({ progress: { ...progress, epoch: progress.epoch + 1 } })),
      ),
    );
    await here;
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [0, null],
    ]);
    expect((await library.runs.read(run.id)).progress).toMatchObject({ step: 40, epoch: 20 });
    expect((await readdir(run.folder)).sort()).toEqual(['checkpoints', 'run.json', 'samples']);
  });
  it('of one process take effect in the order they were asked for', async () => {
    const run = await create();
    const seen: string[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        library.runs.update(run.id, ({ name }) => {
          seen.push(name);
          return { name: `n${n}` };
        }),
      ),
    );
    expect(seen).toEqual([run.name, ...Array.from({ length: 19 }, (_, n) => `n${n}`)]);
  });
  it('never show a reader half of the file', async () => {
    const run = await create();
    const names: string[] = [];
    const writing = (async () => {
      for (let i = 1; i <= 60; i++) await updateRun(run.folder, { name: 'n'.repeat(i) });
    })();
    while (names.at(-1)?.length !== 60) names.push((await library.runs.read(run.id)).name);
    await writing;
    expect(names.length).toBeGreaterThan(1);
  });
});

describe('removing', () => {
  it('moves the run into the trash, whole', async () => {
    const run = await create();
    await writeFile(join(run.folder, 'metrics.jsonl'), 'lines');
    await library.runs.remove(run.id);
    expect(await library.runs.list()).toEqual({ runs: [], damaged: [] });
    const trash = join(library.folder, 'trash');
    const [name] = await readdir(trash);
    expect(name).toMatch(new RegExp(`^${run.id}-\\d+$`));
    expect((await readdir(join(trash, name!))).sort()).toEqual(['checkpoints', 'metrics.jsonl', 'run.json', 'samples']);
    // putting it back is a move
    await rename(join(trash, name!), run.folder);
    expect(await library.runs.read(run.id)).toEqual(run);
  });
  it('is refused while a process writes the run', async () => {
    const run = await create();
    const lock = await lockRun(run.folder);
    await expect(library.runs.remove(run.id)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(run.id) as string,
    });
    await lock.release();
    await library.runs.remove(run.id);
  });
});

describe('lockRun', () => {
  it('clears away what a dead writer left half-written, and nothing else', async () => {
    const run = await create();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await mkdir(join(run.folder, 'samples', 'epoch-0001'));
    const left = (name: string) => `.${name}.${child.pid!}.0badcafe.tmp`;
    const mine = `.run.json.${process.pid}.0badcafe.tmp`;
    for (const file of [
      left('resume.safetensors'),
      mine,
      `checkpoints/${left('epoch-0001.safetensors')}`,
      `samples/epoch-0001/${left('results.png')}`,
    ])
      await writeFile(join(run.folder, file), 'half');
    const lock = await lockRun(run.folder);
    expect((await readdir(run.folder)).sort()).toEqual([mine, 'checkpoints', 'lock', 'run.json', 'samples']);
    expect(await readdir(join(run.folder, 'checkpoints'))).toEqual([]);
    expect(await readdir(join(run.folder, 'samples', 'epoch-0001'))).toEqual([]);
    await lock.release();
  });
});
