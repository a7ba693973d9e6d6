import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';
import type { EventName } from '#contract/studio.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { exportRun } from '#library/run-archive.ts';
import { lockRun } from '#library/run-folder.ts';
import { createArchives, type StudioArchives } from './archives.ts';

let folder: string;
let from: Library;
let to: Library;
let archives: StudioArchives;
let told: { name: EventName; payload: Record<string, unknown> }[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
  from = await openLibrary(join(folder, 'from'));
  to = await openLibrary(join(folder, 'to'));
  told = [];
  archives = createArchives({
    library: to,
    emit: (name, payload) => void told.push({ name, payload }),
    look: (id) => Promise.resolve({ id } as Run),
  });
});
afterEach(async () => {
  await archives.close();
  await rm(folder, { recursive: true });
});

const runs = async (): Promise<string[]> => (await readdir(join(to.folder, 'runs'))).sort();
const ended = () => told.filter(({ name }) => name === 'import.ended').map(({ payload }) => payload);
const phases = () => told.flatMap(({ name, payload }) => (name === 'import.progress' ? [payload['phase']] : []));

/** An archive of a run with so many bytes of log, as a file. */
async function exported(name = 'mine', bytes = 1000): Promise<{ id: string; file: string; bytes: Uint8Array }> {
  const { id } = await from.runs.create({ recipe: parseRecipe({ width: 4 }), name });
  await from.runs.update(id, { state: { status: 'completed', at: 5 } });
  await writeFile(join(from.runs.folder(id), 'resume.safetensors'), new Uint8Array(bytes));
  const file = join(folder, `${name}.fromnoise`);
  await exportRun(await from.runs.read(id), file);
  return { id, file, bytes: await readFile(file) };
}
/** Comes in pieces, each when the test lets it come. */
function slow(bytes: Uint8Array) {
  const go = Promise.withResolvers<undefined>();
  const began = Promise.withResolvers<undefined>();
  async function* pieces(): AsyncGenerator<Uint8Array> {
    began.resolve(undefined);
    yield bytes.subarray(0, 100);
    await go.promise;
    yield bytes.subarray(100);
  }
  return { pieces: pieces(), began: began.promise, go: () => go.resolve(undefined) };
}
const never = new AbortController().signal;
const about = (bytes: Uint8Array, name = 'mine.fromnoise') => ({ name, bytes: bytes.length, signal: never });

describe('the archives of a studio', () => {
  it('are taken in from a file, or as they come in pieces, and told of as they are', async () => {
    const { id, file, bytes } = await exported();
    expect(await archives.importFile(file)).toEqual({ status: 'done', id });
    expect(phases()).toEqual(['waiting', 'unpacking', 'unpacking']);
    expect(told.at(-2)!.payload).toMatchObject({ file: 'mine.fromnoise' });
    expect(told.at(-2)!.payload['bytes']).toBe(told.at(-2)!.payload['of']);
    told = [];
    const { pieces, go } = slow(bytes);
    go();
    const outcome = await archives.importStream(pieces, about(bytes));
    // its id is taken by then
    expect(outcome).toEqual({ status: 'done', id: `${id}-2`, formerId: id });
    expect(phases().filter((phase, i, all) => phase !== all[i - 1])).toEqual(['waiting', 'receiving', 'unpacking']);
    expect(ended()).toEqual([{ job: 2, file: 'mine.fromnoise', status: 'done' }]);
    expect(await runs()).toEqual([id, `${id}-2`]);
  });

  it('are taken in one after another', async () => {
    const [first, second] = [await exported('first'), await exported('second')];
    const coming = slow(first.bytes);
    const one = archives.importStream(coming.pieces, about(first.bytes, 'first.fromnoise'));
    await coming.began;
    const two = archives.importFile(second.file);
    await vi.waitUntil(() => told.filter(({ payload }) => payload['file'] === 'second.fromnoise').length === 1);
    await vi.waitUntil(async () => (await runs()).length > 0);
    expect(await runs()).toEqual([expect.stringMatching(/^\.incoming/)]);
    coming.go();
    await Promise.all([one, two]);
    expect(ended().map(({ file }) => file)).toEqual(['first.fromnoise', 'second.fromnoise']);
    expect(await runs()).toEqual([first.id, second.id].sort());
  });

  it('are cancelled while they come, while they wait, and when who sends them goes', async () => {
    const { bytes, file } = await exported();
    const coming = slow(bytes);
    const one = archives.importStream(coming.pieces, about(bytes));
    await coming.began;
    const two = archives.importFile(file);
    archives.cancel(2);
    expect(await two).toEqual({ status: 'cancelled' });
    archives.cancel(1);
    // whose next piece never comes
    expect(await one).toEqual({ status: 'cancelled' });
    const gone = new AbortController();
    const again = slow(bytes);
    const three = archives.importStream(again.pieces, { ...about(bytes), signal: gone.signal });
    await again.began;
    gone.abort();
    expect(await three).toEqual({ status: 'cancelled' });
    expect(ended().map(({ job, status }) => [job, status])).toEqual([
      [2, 'cancelled'],
      [1, 'cancelled'],
      [3, 'cancelled'],
    ]);
    expect(await runs()).toEqual([]);
    archives.cancel(1);
    expect(ended()).toHaveLength(3);
  });

  it('are refused by their name where they are no runs, and the next is taken', async () => {
    const { file, id } = await exported();
    const text = join(folder, 'text.fromnoise');
    await writeFile(text, 'Dear all,\n');
    const failing = archives.importFile(text);
    await expect(failing).rejects.toMatchObject({ code: 'bad-input', message: 'text.fromnoise is no archive of a run.' });
    await expect(archives.importFile(join(folder, 'nowhere.fromnoise'))).rejects.toMatchObject({ code: 'not-found' });
    expect(ended()[0]).toMatchObject({ status: 'failed', error: { code: 'bad-input' } });
    await archives.importFile(file);
    expect(await runs()).toEqual([id]);
  });

  it('do not wait without end', async () => {
    const { bytes, file } = await exported();
    const coming = slow(bytes);
    const all = [archives.importStream(coming.pieces, about(bytes))];
    for (let i = 1; i < 32; i++) all.push(archives.importFile(file));
    await expect(archives.importFile(file)).rejects.toMatchObject({ code: 'busy' });
    await archives.close();
    expect(await Promise.all(all)).toEqual(all.map(() => ({ status: 'cancelled' })));
    await expect(archives.importFile(file)).rejects.toMatchObject({ code: 'closed' });
    expect(await runs()).toEqual([]);
  });

  it('leave nothing of what a process took in that was killed', async () => {
    // no process has this number: it is beyond what Linux gives out
    await writeFile(join(to.folder, 'runs', '.incoming.99999999.0badcafe.tmp'), 'half');
    const next = createArchives({ library: to, emit: () => undefined, look: () => Promise.reject(new Error('unasked')) });
    await next.close();
    expect(await runs()).toEqual([]);
  });

  it('are handed out as what can be taken in again, but for a run that is being written', async () => {
    const { id, file } = await exported();
    await archives.importFile(file);
    const open = await archives.open(id);
    expect(open.fileName).toBe(`${id}.fromnoise`);
    const pieces: Uint8Array[] = [];
    for await (const piece of open.stream) pieces.push(piece);
    await open.close();
    const again = Buffer.concat(pieces);
    const { pieces: coming, go } = slow(again);
    go();
    expect(await archives.importStream(coming, about(again))).toMatchObject({ status: 'done', formerId: id });

    const lock = await lockRun(to.runs.folder(id));
    await expect(archives.open(id)).rejects.toMatchObject({
      code: 'busy',
      message: '"mine" is being written: its files change.',
    });
    await to.runs.update(id, { state: { status: 'training', startedAt: 1 } });
    await expect(archives.open(id)).rejects.toMatchObject({ code: 'busy', message: '"mine" is training: its files change.' });
    await lock.release();
    await expect(archives.open('nothing')).rejects.toMatchObject({ code: 'not-found' });
  });
});
