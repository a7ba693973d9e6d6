import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import * as z from 'zod/mini';
import { StudioError, toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { Precision, Recipe } from '#contract/recipe.ts';
import type { Settings } from '#contract/settings.ts';
import type { DeviceInfo } from '#contract/studio.ts';
import { automaticDevices, deviceLabel, deviceNames } from '#engine/executors/registry.ts';
import { findNvidia } from '#installer/installer.ts';
import { replaceFile } from '#library/atomic-file.ts';
import { errorInfoOf } from '#trainer/error-info.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import { engineOf } from '#trainer/find-engine.ts';
import { probeSchema, type Preferences, type Probe } from '#trainer/messages.ts';
import { processorName } from '#trainer/processor.ts';
import { createTrainerProcess, type SpawnTrainer } from './trainer-process.ts';

/** The devices of this machine: what is there, what of it works, and what `auto` stands for. */
export interface Devices {
  /** Every device, in the order in which `auto` tries them. Those that aren't known yet are tried first. */
  list(): Promise<DeviceInfo[]>;
  /** Tries every device again. */
  check(): Promise<DeviceInfo[]>;
  /**
   * What a run of the recipe would be computed on if it started now. Throws a StudioError `device` when nothing works, or the
   * device that is named is not installed.
   */
  resolve(recipe: Pick<Recipe, 'device' | 'precision'>): Promise<Preferences>;
  /** An engine has come or gone: what failed is tried again. */
  forget(): void;
  /** Ends what is being tried; what waits for it fails with `closed`. */
  close(): Promise<void>;
}

export interface DevicesOptions {
  spawn: SpawnTrainer;
  /** where what was found out is kept for the next start */
  folder: string;
  settings: () => Pick<Settings, 'device' | 'threads'>;
  /** whether a run trains now; then nothing is timed */
  busy: () => boolean;
  /** told before a device is tried, by its label */
  onTry?: (label: string) => void;
  /** told of each device of a list as soon as it is known */
  onFound?: (device: DeviceInfo) => void;
}

type Found = { probe: Probe } | { error: ErrorInfo };

/** A device that has not answered by then hangs. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Each device is tried in a process of its own, one after another, so that a crash in native code takes nothing along and
 * none disturbs the other's timing. What works is remembered for as long as engine, processor and program stay the same.
 */
export function createDevices({ spawn, folder, settings, busy, onTry, onFound }: DevicesOptions): Devices {
  const cache = createCache(join(folder, 'devices.json'));
  const failures = new Map<string, ErrorInfo>();
  let turn: Promise<unknown> = Promise.resolve();
  let live: ReturnType<typeof createTrainerProcess> | undefined;
  const ending = new AbortController();

  async function find(device: string, timed: boolean): Promise<Found> {
    const missing = await missingReason(device);
    if (missing !== undefined) return { error: missing };
    const { threads } = settings();
    const key = await keyOf(device, threads);
    const known = async (): Promise<Found | undefined> => {
      const error = failures.get(key);
      if (error !== undefined) return { error };
      const probe = await cache.get(key);
      return probe !== undefined && (!timed || busy() || probe.imagesPerSecond !== undefined) ? { probe } : undefined;
    };
    const at = await known();
    if (at !== undefined) return at;
    const attempt = turn.then(async () => (await known()) ?? (await tryIt(device, threads, key, timed && !busy())));
    turn = attempt.catch(() => undefined);
    return await attempt;
  }

  async function tryIt(device: string, threads: number, key: string, timed: boolean): Promise<Found> {
    ending.signal.throwIfAborted();
    onTry?.(deviceLabel(device));
    live = createTrainerProcess(spawn, 0);
    const hangs = setTimeout(() => void live?.close(0), PATIENCE_MS);
    try {
      const job = live.start({ kind: 'probe', device, threads, timed }, await deviceEnvironment(device, threads));
      const { probe } = await job.result;
      await cache.set(key, probe);
      return { probe };
    } catch (thrown) {
      ending.signal.throwIfAborted();
      const error = toErrorInfo(thrown instanceof StudioError && thrown.code === 'trainer' ? crashed(device) : thrown);
      failures.set(key, error);
      return { error };
    } finally {
      clearTimeout(hangs);
      await live.close(0);
    }
  }

  async function info(device: string): Promise<DeviceInfo> {
    const found = await find(device, true);
    const label = deviceLabel(device);
    if ('error' in found) return { name: device, label, available: false, detail: found.error.message, hint: found.error.hint };
    const { engine, selfCheck, imagesPerSecond, bfloat16 } = found.probe;
    const rest = {
      selfCheck,
      ...(imagesPerSecond === undefined ? {} : { imagesPerSecond }),
      ...(bfloat16 === undefined ? {} : { bfloat16 }),
    };
    if (works(found)) return { name: device, label, available: true, detail: engine, hint: '', ...rest };
    const off = `its ${selfCheck.check} is off by ${selfCheck.error.toExponential(1)}, where ${selfCheck.tolerance} is allowed`;
    return { name: device, label, available: false, detail: `${engine} computes wrongly here: ${off}.`, hint: WRONG, ...rest };
  }

  async function list(): Promise<DeviceInfo[]> {
    const infos: DeviceInfo[] = [];
    for (const device of deviceNames) {
      const found = await info(device);
      onFound?.(found);
      infos.push(found);
    }
    return infos;
  }

  async function automatic(): Promise<string> {
    for (const device of automaticDevices) if (works(await find(device, false))) return device;
    throw new StudioError('device', 'No device works here.', '`npm ci` installs the project again.');
  }

  async function automaticPrecision(device: string): Promise<Precision> {
    let found = await find(device, false);
    if ('probe' in found && found.probe.bfloat16 === undefined) found = await find(device, true);
    return 'probe' in found && found.probe.bfloat16?.chosen === true ? 'bfloat16' : 'float32';
  }

  return {
    list,
    async check() {
      failures.clear();
      await cache.clear();
      return await list();
    },
    forget: () => failures.clear(),
    async resolve(recipe) {
      const wanted = recipe.device === 'auto' ? settings().device : recipe.device;
      const device = wanted === 'auto' ? await automatic() : wanted;
      const missing = await missingReason(device);
      if (missing !== undefined) throw StudioError.fromInfo(missing);
      const precision = recipe.precision === 'auto' ? await automaticPrecision(device) : recipe.precision;
      return { device, precision, threads: settings().threads };
    },
    async close() {
      ending.abort(new StudioError('closed', 'The studio is closing.', 'Start it again.'));
      await live?.close(0);
      await turn;
    },
  };
}

const works = (found: Found): boolean => 'probe' in found && found.probe.selfCheck.error <= found.probe.selfCheck.tolerance;

const WRONG = 'Choose another device. Another version of its engine may do better.';
const crashed = (device: string): StudioError =>
  new StudioError(
    'device',
    `${deviceLabel(device)} ends its process in the self-check: its native library crashes here, or hangs.`,
    'Another version of its engine may do better. Until then the other devices train.',
  );

/** What is known to be missing without starting anything. */
async function missingReason(device: string): Promise<ErrorInfo | undefined> {
  try {
    await engineOf(device);
    if (device !== 'tensorflow-gpu') return undefined;
    const nvidia = await findNvidia();
    return nvidia.usable ? undefined : { code: 'device', message: sentence(nvidia.reason), hint: nvidia.hint };
  } catch (error) {
    return errorInfoOf(error);
  }
}
const sentence = (part: string): string => `${part.charAt(0).toUpperCase()}${part.slice(1)}.`;

/** Everything that a probe depends on. Where this program or its engine was written anew, it is tried again. */
async function keyOf(device: string, threads: number): Promise<string> {
  const folder = (await engineOf(device))?.folder;
  const binding = folder && join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'package.json');
  const times = await Promise.all([import.meta.filename, binding ?? ''].map(writtenAt));
  return JSON.stringify([device, threads, processorName(), process.version, folder, ...times]);
}
const writtenAt = async (file: string): Promise<number> => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;

const cacheSchema = z.record(z.string(), probeSchema);

/** Probes by their keys, in a file that may vanish or be damaged: then they are made again. */
function createCache(file: string) {
  let entries: Promise<Record<string, Probe>> | undefined;
  const read = async (): Promise<Record<string, Probe>> => {
    try {
      return cacheSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return {};
    }
  };
  const write = async (all: Record<string, Probe>): Promise<void> => {
    entries = Promise.resolve(all);
    // it only saves time
    await replaceFile(file, JSON.stringify(all, null, 2)).catch((error: unknown) => console.error('devices.json:', error));
  };
  return {
    get: async (key: string): Promise<Probe | undefined> => (await (entries ??= read()))[key],
    set: async (key: string, probe: Probe): Promise<void> => await write({ ...(await (entries ??= read())), [key]: probe }),
    clear: (): Promise<void> => write({}),
  };
}
