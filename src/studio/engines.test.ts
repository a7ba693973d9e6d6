import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineKind, EngineState } from '#contract/engine.ts';
import { StudioError } from '#contract/error.ts';
import { createEngines } from './engines.ts';
import type { InstallJob, StartInstall } from './install-process.ts';

let folder: string;
const before = { ...process.env };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engines-'));
  Object.assign(process.env, { FROM_NOISE_ENGINES: folder, FROM_NOISE_TENSORFLOW: '', PATH: folder });
});
afterEach(async () => {
  Object.assign(process.env, before);
  await rm(folder, { recursive: true });
});

/** Engines whose installation goes as the test says. */
function open(installEngine = true) {
  const settings = { installEngine };
  const told: EngineState['work'][] = [];
  const jobs: { kind: EngineKind; progress: Parameters<StartInstall>[1]; end: PromiseWithResolvers<undefined> }[] = [];
  let engines = 0;
  const startInstall: StartInstall = (kind, progress) => {
    const end = Promise.withResolvers<undefined>();
    const job: InstallJob = {
      result: end.promise,
      cancelled: false,
      cancel() {
        Object.assign(job, { cancelled: true });
        end.reject(new StudioError('state', 'It was cancelled.', ''));
      },
    };
    jobs.push({ kind, progress, end });
    return job;
  };
  const service = createEngines({
    startInstall,
    settings: { get: () => settings, set: (patch) => Object.assign(settings, patch) },
    onChange: ({ work }) => told.push(work),
    onEngine: () => engines++,
  });
  return { service, jobs, told, settings, count: () => engines };
}
const work = async ({ service }: ReturnType<typeof open>) => (await service.state()).work;

/** A program in PATH that says what NVIDIA's would on a machine with a GPU. */
async function provideGpu(): Promise<void> {
  await writeFile(join(folder, 'nvidia-smi'), '#!/bin/sh\necho "NVIDIA H100, 550.54"\n', { mode: 0o755 });
  await mkdir(join(folder, 'driver'));
  await writeFile(join(folder, 'driver', 'libcuda.so.1'), '');
  process.env['LD_LIBRARY_PATH'] = join(folder, 'driver');
  process.env['PATH'] = `${folder}${delimiter}/bin`;
}

describe('the first start without TensorFlow', () => {
  it('installs the engine for the processor in the background, and tells how it goes', async () => {
    const seen = open();
    await seen.service.begin();
    expect(seen.jobs.map(({ kind }) => kind)).toEqual(['cpu']);
    seen.jobs[0]!.progress('download', 10, 100);
    expect(await work(seen)).toEqual({
      status: 'installing',
      kind: 'cpu',
      stage: 'download',
      bytesDone: 10,
      bytesTotal: 100,
      background: true,
    });
    seen.jobs[0]!.end.resolve(undefined);
    await expect.poll(() => seen.told.at(-1)).toEqual({ status: 'none' });
    expect(seen.count()).toBe(1);
  });

  it.skipIf(process.platform !== 'linux')('asks before it downloads for an NVIDIA GPU', async () => {
    await provideGpu();
    const seen = open();
    await seen.service.begin();
    expect(await work(seen)).toEqual({ status: 'asking', gpu: 'NVIDIA H100' });
    expect(seen.jobs).toEqual([]);
    await seen.service.install('gpu');
    expect(seen.jobs.map(({ kind }) => kind)).toEqual(['gpu']);
    expect((await seen.service.state()).downloads.gpu).toBeGreaterThan(1e9);
  });

  it('says why where it can not be had, and a person may try again', async () => {
    const seen = open();
    await seen.service.begin();
    seen.jobs[0]!.end.reject(new StudioError('device', 'There is no pip.', 'Install it.'));
    await expect
      .poll(() => seen.told.at(-1))
      .toEqual({ status: 'failed', kind: 'cpu', message: 'There is no pip.', hint: 'Install it.' });
    await seen.service.install('cpu');
    expect(seen.jobs).toHaveLength(2);
    // the next start tries by itself too
    expect(seen.settings.installEngine).toBe(true);
  });

  it('is the only one that asks a person who cancels', async () => {
    const seen = open();
    await seen.service.begin();
    const after = await seen.service.cancel();
    expect(after.work).toEqual({ status: 'none' });
    expect(seen.settings.installEngine).toBe(false);
    await seen.service.begin();
    expect(seen.jobs).toHaveLength(1);
  });

  it('installs nothing where a person has said no, or an engine is there', async () => {
    const refused = open(false);
    await refused.service.begin();
    expect(refused.jobs).toEqual([]);
    await mkdir(join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu'), { recursive: true });
    process.env['FROM_NOISE_TENSORFLOW'] = folder;
    const there = open();
    await there.service.begin();
    expect(there.jobs).toEqual([]);
    expect((await there.service.state()).installed).toMatchObject({ way: 'own', folder });
  });
});

describe('installing by hand', () => {
  it('goes on one at a time, and ends with the studio', async () => {
    const seen = open();
    await seen.service.install('cpu');
    await expect(seen.service.install('gpu')).rejects.toMatchObject({ code: 'state' });
    await expect(seen.service.remove()).rejects.toMatchObject({ code: 'state' });
    await seen.service.close();
    await expect(seen.jobs[0]!.end.promise).rejects.toMatchObject({ code: 'state' });
  });

  it('takes an engine away for good: the next start brings it not back', async () => {
    const seen = open();
    const after = await seen.service.remove();
    expect(after).toMatchObject({ work: { status: 'none' }, reason: 'TensorFlow is not installed.' });
    await seen.service.begin();
    expect(seen.jobs).toEqual([]);
  });
});
