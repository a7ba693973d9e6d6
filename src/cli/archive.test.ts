import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRecipe } from '#contract/recipe.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { exportArchive, importArchive } from './archive.ts';
import type { Output } from './output.ts';

let folder: string;
let from: Library;
let said: string[];
let output: Output;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-archive-'));
  vi.stubEnv('FROM_NOISE_CONFIG', join(folder, 'config'));
  from = await openLibrary(join(folder, 'from'));
  said = [];
  output = {
    json: false,
    say: (line) => void said.push(line),
    tell: () => undefined,
    draw: () => undefined,
    redraws: false,
    columns: 80,
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A run that is trained, in the library `from`, and its file. */
async function exported(): Promise<{ id: string; file: string }> {
  const { id } = await from.runs.create({ recipe: parseRecipe({ width: 4 }), name: 'Mine' });
  await from.runs.update(id, { state: { status: 'completed', at: 5 } });
  await writeFile(join(from.runs.folder(id), 'log.txt'), 'It is trained.\n'.repeat(100));
  const file = join(folder, 'mine.fromnoise');
  expect(await exportArchive(id, { out: file, library: from.folder }, output)).toBe(0);
  return { id, file };
}
const importInto = (name: string, file: string) => importArchive(file, { library: join(folder, name) }, output);
const runsIn = (name: string): Promise<string[]> => readdir(join(folder, name, 'runs'));

describe('from-noise export and import', () => {
  it('take a run out of one library into another, and say last where it is', async () => {
    const { id, file } = await exported();
    expect(said).toEqual([file]);
    expect(await importInto('to', file)).toBe(0);
    const place = join(folder, 'to', 'runs', id);
    expect(said.at(-1)).toBe(place);
    expect(await readFile(join(place, 'log.txt'), 'utf8')).toContain('It is trained.');
  });

  it('give a run another id where its own is taken, and leave the one that has it', async () => {
    const { id, file } = await exported();
    await importInto('from', file);
    expect(said.at(-1)).toBe(join(folder, 'from', 'runs', `${id}-2`));
    expect((await runsIn('from')).sort()).toEqual([id, `${id}-2`]);
  });

  it('refuse a file that is damaged or no archive, by its name, and take nothing of it', async () => {
    const { file } = await exported();
    const bytes = await readFile(file);
    const damaged = join(folder, 'damaged.fromnoise');
    const middle = bytes.indexOf('run.json') + 60;
    await writeFile(damaged, Buffer.from(bytes.map((byte, i) => (i >= middle && i < middle + 20 ? byte ^ 0xff : byte))));
    const text = join(folder, 'text.fromnoise');
    await writeFile(text, 'Dear all,\n');
    await expect(importInto('to', damaged)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(`${damaged} is damaged`) as string,
    });
    await expect(importInto('to', text)).rejects.toMatchObject({
      code: 'bad-input',
      message: `${text} is no archive of a run.`,
    });
    await expect(importInto('to', join(folder, 'nowhere.fromnoise'))).rejects.toThrow('nowhere.fromnoise');
    expect(await runsIn('to')).toEqual([]);
  });

  it('write no file under a name that is no archive, into no folder, or of no run', async () => {
    const { id } = await exported();
    const refused = (run: string, out: string) => exportArchive(run, { out, library: from.folder }, output);
    await expect(refused(id, join(folder, 'mine.zip'))).rejects.toThrow('must end in .fromnoise');
    await expect(refused(id, join(folder, 'nowhere', 'a.fromnoise'))).rejects.toThrow('there is no folder');
    await expect(refused('denoiser-none', join(folder, 'a.fromnoise'))).rejects.toMatchObject({ code: 'not-found' });
    expect((await readdir(folder)).filter((name) => name.endsWith('.zip') || name.startsWith('a.'))).toEqual([]);
  });
});
