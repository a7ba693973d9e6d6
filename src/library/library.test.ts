import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraryFolder } from './folder.ts';
import { openLibrary } from './library.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-library-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('libraryFolder', () => {
  it('is ~/From Noise unless something names another; the command line wins over the environment over the setting', () => {
    expect(libraryFolder({}, '/home/u')).toBe(join('/home/u', 'From Noise'));
    expect(libraryFolder({ option: '', environment: '', setting: '' }, '/home/u')).toBe(join('/home/u', 'From Noise'));
    expect(libraryFolder({ setting: '/s' }, '/home/u')).toBe('/s');
    expect(libraryFolder({ setting: '/s', environment: '/e' }, '/home/u')).toBe('/e');
    expect(libraryFolder({ setting: '/s', environment: '/e', option: '/o' }, '/home/u')).toBe('/o');
  });
  it('is absolute and knows ~', () => {
    expect(libraryFolder({ option: 'runs here' }, '/home/u')).toBe(join(process.cwd(), 'runs here'));
    expect(libraryFolder({ setting: '~/Noise' }, '/home/u')).toBe(join('/home/u', 'Noise'));
    expect(libraryFolder({ setting: '~' }, '/home/u')).toBe('/home/u');
  });
});

describe('openLibrary', () => {
  it('makes the folder, and leaves nothing in it but the place for runs', async () => {
    const library = await openLibrary(join(folder, 'a', 'b'));
    expect(library.folder).toBe(join(folder, 'a', 'b'));
    expect(await readdir(library.folder)).toEqual(['runs']);
    expect((await library.runs.list()).runs).toEqual([]);
  });
  it('opens one that is there without touching it', async () => {
    await mkdir(join(folder, 'runs', 'mine'), { recursive: true });
    await writeFile(join(folder, 'runs', 'mine', 'note.txt'), 'keep');
    await openLibrary(folder);
    expect(await readFile(join(folder, 'runs', 'mine', 'note.txt'), 'utf8')).toBe('keep');
  });
  it.runIf(process.platform === 'linux')('says at once when nothing can be made in the folder above', async () => {
    await expect(openLibrary('/proc/from noise/library')).rejects.toMatchObject({
      code: 'library',
      message: expect.stringContaining('/proc/from noise/library') as string,
    });
  });

  it('names the folder and what to do when a file is in its place', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openLibrary(file)).rejects.toMatchObject({
      code: 'library',
      message: expect.stringContaining(file) as string,
      hint: expect.stringContaining('--library') as string,
    });
  });
  // sysfs refuses new folders even to root
  it.runIf(process.platform === 'linux')('says so when the folder may not be written', async () => {
    await expect(openLibrary('/sys/from-noise')).rejects.toMatchObject({
      code: 'library',
      message: expect.stringMatching(/^Not allowed to use the library folder \/sys\/from-noise \(E\w+\)\.$/) as string,
    });
  });
});
