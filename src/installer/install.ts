/**
 * An engine is made in a folder beside its place, gets its manifest last and is renamed to its place when it is proved, so
 * one that is half installed is never found.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { removeLeftovers, temporaryName } from '#library/atomic-file.ts';
import { systemCode } from '#library/disk-error.ts';
import { acquireLock } from '#library/lock.ts';
import { makeFolder } from '#library/make-folder.ts';
import type { Engine, EngineKind, Proof } from './engine.ts';
import { engineDiskError } from './engine-error.ts';
import { engineOf, enginesIn } from './find.ts';
import { lockFile } from './folder.ts';
import { seal } from './manifest.ts';
import { Unavailable, type OnProgress, type Way } from './ways/way.ts';

export interface InstallOptions {
  kind: EngineKind;
  /** a folder with wheels, instead of the network */
  from?: string | undefined;
  onProgress?: OnProgress | undefined;
  /** told of each way that led nowhere, as the next one is tried: `PyPI's wheel: there is no pip` */
  onRefused?: ((reason: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** How an engine is made and proved here. */
export interface Workshop {
  /** in order */
  ways: readonly Way[];
  /** puts what every engine has into its folder: the npm packages */
  furnish: (folder: string, signal?: AbortSignal) => Promise<void>;
  prove: (engine: { folder: string; kind: EngineKind; libraryPath: readonly string[] }, signal?: AbortSignal) => Promise<Proof>;
}

type Resolved = InstallOptions & { onProgress: OnProgress };

/** installEngine, into the folder `parent`. */
export async function installInto(parent: string, workshop: Workshop, options: InstallOptions): Promise<Engine> {
  const { onProgress = () => undefined, signal } = options;
  signal?.throwIfAborted();
  return await alone(parent, async () => {
    onProgress('look', 0, 0);
    const engine = await firstToWork(parent, workshop, { ...options, onProgress });
    for (const folder of await enginesIn(parent)) if (folder !== engine.folder) await discard(folder);
    return engine;
  });
}

/** removeEngine, out of the folder `parent`. */
export async function removeFrom(parent: string): Promise<number> {
  if ((await enginesIn(parent)).length === 0) return 0;
  return await alone(parent, async () => {
    const folders = await enginesIn(parent);
    for (const folder of folders) await discard(folder);
    return folders.length;
  });
}

/** Does `work` while no other process does; what dead ones have left is gone before. */
async function alone<T>(parent: string, work: () => Promise<T>): Promise<T> {
  try {
    await makeFolder(parent);
    const lock = await acquireLock(lockFile(parent));
    if (!lock.acquired)
      throw new StudioError(
        'busy',
        `Another process is installing or removing TensorFlow (process ${lock.holder.pid} on ${lock.holder.host}).`,
        'Wait for its end.',
      );
    try {
      await removeLeftovers(parent);
      return await work();
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw asEngineError(error, 'use', parent);
  }
}

/** A system's error as a StudioError; what is no such thing as it is. */
function asEngineError(error: unknown, doing: string, file: string): unknown {
  return systemCode(error) === undefined || !/^E[A-Z0-9]+$/.test(systemCode(error)!)
    ? error
    : engineDiskError(error, doing, file);
}

async function firstToWork(parent: string, workshop: Workshop, options: Resolved): Promise<Engine> {
  const reasons: string[] = [];
  for (const way of workshop.ways) {
    try {
      return await makeEngine(way, parent, workshop, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const passes = error instanceof Unavailable || (error instanceof StudioError && error.code === 'device');
      if (!passes || options.from !== undefined) throw refusedFrom(error);
      reasons.push(`${way.label}: ${error.message.replace(/\.$/, '')}`);
      options.onRefused?.(reasons.at(-1)!);
    }
  }
  throw new StudioError(
    'device',
    `TensorFlow could not be installed. ${reasons.join('; ')}.`,
    'Training goes on with ONNX Runtime. It takes pip and a C++ compiler, and a connection to PyPI or a folder with its wheel (--from); docs/devices.md says more.',
  );
}

/** With a folder of a person's own there is one way, and its problem is the answer. */
const refusedFrom = (error: unknown): unknown =>
  error instanceof Unavailable
    ? new StudioError('device', `TensorFlow could not be installed: ${error.message}.`, 'docs/devices.md says what it takes.', {
        cause: error,
      })
    : error;

/** One engine, by one way: made beside its place, proved there, and renamed to it. */
async function makeEngine(
  way: Way,
  parent: string,
  { furnish, prove }: Workshop,
  { kind, from, onProgress, signal }: Resolved,
): Promise<Engine> {
  const bench = temporaryName(join(parent, 'tensorflow'));
  const [making, scratch] = [join(bench, 'engine'), join(bench, 'scratch')];
  try {
    for (const folder of [bench, making, scratch]) await mkdir(folder);
    await furnish(making, signal);
    const made = await way.go({ kind, engine: making, scratch, from, onProgress, signal });
    onProgress('check', 0, 0);
    const proof = await prove({ folder: making, kind, libraryPath: made.libraryPath }, signal);
    const installedAt = new Date().toISOString();
    const manifest = await seal(making, { kind, way: way.name, ...made, installedAt, proof }, signal);
    const place = join(parent, `tensorflow-${made.version}-${kind}-${randomBytes(4).toString('hex')}`);
    await rename(making, place);
    return engineOf(place, manifest);
  } catch (error) {
    throw asEngineError(error, 'write', bench);
  } finally {
    await rm(bench, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined); // the next installation removes it
  }
}

/** From one moment to the next it is no engine any more, however long the removal of its files takes. */
async function discard(folder: string): Promise<void> {
  const gone = temporaryName(folder);
  try {
    await rename(folder, gone);
    await rm(gone, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    throw engineDiskError(error, 'remove', folder);
  }
}
