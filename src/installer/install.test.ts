import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StudioError } from '#contract/error.ts';
import { acquireLock } from '#library/lock.ts';
import { findEngine, listEngines } from './find.ts';
import { librariesFolder, lockFile } from './folder.ts';
import { installInto, removeFrom, type Workshop } from './install.ts';
import type { Proof } from './engine.ts';
import { Unavailable, type Way } from './ways/way.ts';

let parent: string;
beforeEach(async () => {
  parent = join(await mkdtemp(join(tmpdir(), 'engines-')), 'engines');
  vi.stubEnv('FROM_NOISE_ENGINES', parent);
  vi.stubEnv('FROM_NOISE_TENSORFLOW', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dirname(parent), { recursive: true });
});

const LIBRARY = 'libtensorflow_cc.so.2';
const library = (engine: string): string => join(librariesFolder(engine), LIBRARY);

/** A way that puts a library down, and may be stopped before or after. */
const way = (version: string, more: Partial<Way> = {}): Way => ({
  name: 'wheel',
  label: "PyPI's wheel",
  async go({ engine, onProgress }) {
    onProgress('unpack', 0, 3);
    await mkdir(librariesFolder(engine), { recursive: true });
    await writeFile(library(engine), 'elf');
    onProgress('unpack', 3, 3);
    return { version, source: 'a.whl', libraryPath: [] };
  },
  ...more,
});
const failing = (error: Error): Way => way('', { label: 'the other way', go: () => Promise.reject(error) });
const proof: Proof = {
  at: '2026-11-25T12:00:00.000Z',
  device: 'tensorflow-cpu',
  engine: 'TensorFlow 2.21.0',
  checks: 10,
  worst: 0.2,
};
const furnish = (folder: string): Promise<void> => mkdir(join(folder, 'node_modules'));
const prove = (): Promise<Proof> => Promise.resolve(proof);
const install = (workshop: Partial<Workshop> = {}, options = {}) =>
  installInto(parent, { ways: [way('2.21.0')], furnish, prove, ...workshop }, { kind: 'cpu', ...options });
const left = async (): Promise<string[]> => (await readdir(parent)).sort();

describe('an installation', () => {
  it('gives an engine that is found, with its proof, its files and nothing beside it', async () => {
    const stages: string[] = [];
    const engine = await install({}, { onProgress: (stage: string) => stages.push(stage) });
    expect(engine).toMatchObject({ kind: 'cpu', way: 'wheel', version: '2.21.0', source: 'a.whl', proof });
    expect(await findEngine()).toEqual({ found: true, engine });
    expect(await left()).toEqual([engine.folder.split('/').at(-1)]);
    expect(stages).toEqual(['look', 'unpack', 'unpack', 'check']);
  });

  it('takes the place of the engine before it only when it is proved', async () => {
    const first = await install();
    const failure = new StudioError('device', 'It crashed.', '');
    await expect(install({ prove: () => Promise.reject(failure) })).rejects.toMatchObject({ code: 'device' });
    expect(await findEngine()).toEqual({ found: true, engine: first });
    const second = await install({ ways: [way('2.22.0')] });
    expect(await listEngines()).toEqual([{ sound: true, engine: second }]);
  });

  it('goes the next way when one leads nowhere, and says so', async () => {
    const refused: string[] = [];
    const ways = [
      failing(new Unavailable('there is no pip')),
      failing(new StudioError('device', 'It crashed.', '')),
      way('2.9.1'),
    ];
    const engine = await install({ ways }, { onRefused: (reason: string) => refused.push(reason) });
    expect(engine.version).toBe('2.9.1');
    expect(refused).toEqual(['the other way: there is no pip', 'the other way: It crashed']);
  });

  it('says in one line why no way leads to an engine, and leaves nothing', async () => {
    const ways = [failing(new Unavailable('there is no pip')), failing(new Unavailable('PyPI can not be reached'))];
    await expect(install({ ways })).rejects.toMatchObject({
      code: 'device',
      message: 'TensorFlow could not be installed. the other way: there is no pip; the other way: PyPI can not be reached.',
    });
    expect(await left()).toEqual([]);
    expect(await findEngine()).toMatchObject({ found: false, reason: 'TensorFlow is not installed.' });
  });

  it('tells a full disk instead of going another way', async () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    await expect(install({ ways: [failing(full), way('2.21.0')] })).rejects.toMatchObject({ code: 'disk-full' });
    expect(await left()).toEqual([]);
  });

  it.each(['unpack', 'check'])('leaves nothing when it is cancelled at the stage %s', async (at) => {
    const abort = new AbortController();
    const onProgress = (stage: string) => {
      if (stage === at) abort.abort();
    };
    await expect(install({}, { signal: abort.signal, onProgress })).rejects.toSatisfy((error) => error === abort.signal.reason);
    expect(await left()).toEqual([]);
    expect((await install()).version).toBe('2.21.0');
  });

  it('removes what a process that was killed has left, and starts over', async () => {
    const dead = spawn(process.execPath, ['--version']);
    await once(dead, 'exit');
    await mkdir(join(parent, `.tensorflow.${dead.pid!}.0badcafe.tmp`, 'engine'), { recursive: true });
    const engine = await install();
    expect(await left()).toEqual([engine.folder.split('/').at(-1)]);
  });

  it('is refused while another one is under way', async () => {
    const inside = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const slow = way('2.21.0', {
      go: async (context) => {
        inside.resolve(undefined);
        await goOn.promise;
        return await way('2.21.0').go(context);
      },
    });
    const first = install({ ways: [slow] });
    await inside.promise;
    await expect(install()).rejects.toMatchObject({ code: 'busy' });
    await expect(findEngine()).resolves.toMatchObject({ found: false });
    goOn.resolve(undefined);
    await first;
    expect(await left()).toHaveLength(1);
    // and its lock is given back
    const lock = await acquireLock(lockFile(parent));
    expect(lock.acquired).toBe(true);
    if (lock.acquired) await lock.release();
  });
});

describe('an installed engine', () => {
  it('is not found when a library has another length or is gone', async () => {
    const { folder } = await install();
    await appendFile(library(folder), 'x');
    expect(await findEngine()).toMatchObject({
      found: false,
      reason: expect.stringContaining('has 4 bytes instead of 3') as string,
    });
    await rm(library(folder));
    expect(await findEngine()).toMatchObject({ found: false, reason: expect.stringContaining('is missing') as string });
  });

  it('is not found when a library was changed, whether its time tells or only its hash', async () => {
    const { folder } = await install();
    await writeFile(library(folder), 'ELF');
    expect(await findEngine()).toMatchObject({ found: false, reason: expect.stringContaining('has changed') as string });
    const { folder: second } = await install();
    await writeFile(library(second), 'ELF');
    const listed = await listEngines();
    expect(listed).toEqual([{ sound: false, folder: second, reason: expect.stringContaining('has changed') as string }]);
  });

  it('is found when only its time is another, as after a copy', async () => {
    const { folder } = await install();
    await utimes(library(folder), 1, 1);
    expect(await findEngine()).toMatchObject({ found: true });
  });

  it('is not found without its manifest, or with one that leads out of it', async () => {
    const { folder } = await install();
    await writeFile(join(folder, 'engine.json'), '{"format":1}');
    expect(await findEngine()).toMatchObject({
      found: false,
      reason: expect.stringContaining('engine.json is damaged') as string,
    });
    await rm(join(folder, 'engine.json'));
    expect(await findEngine()).toMatchObject({ found: false, reason: expect.stringContaining('was not finished') as string });
  });

  it('gives way to the folder that FROM_NOISE_TENSORFLOW names', async () => {
    const { folder } = await install();
    vi.stubEnv('FROM_NOISE_TENSORFLOW', folder);
    expect(await findEngine()).toMatchObject({ found: true, engine: { way: 'own', folder, proof: undefined } });
    vi.stubEnv('FROM_NOISE_TENSORFLOW', '/nowhere');
    expect(await findEngine()).toMatchObject({ found: false, reason: expect.stringContaining('/nowhere') as string });
  });

  it('is gone when it is removed', async () => {
    await install();
    expect(await removeFrom(parent)).toBe(1);
    expect(await left()).toEqual([]);
    expect(await removeFrom(parent)).toBe(0);
  });
});
