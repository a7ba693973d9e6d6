/**
 * TensorFlow, as a person's own engine folder: found, installed, removed. What other rooms know of this one is in this file.
 */
import { StudioError } from '#contract/error.ts';
import { lockHolder } from '#library/lock.ts';
import type { Engine, EngineKind } from './engine.ts';
import { enginesFolder, lockFile } from './folder.ts';
import { installInto, removeFrom, type InstallOptions } from './install.ts';
import { findNvidia } from './nvidia.ts';
import { copyPackage } from './package-copy.ts';
import { pinnedWheels } from './pinned-wheels.ts';
import { proveEngine } from './proof.ts';
import { pythonWay } from './ways/python.ts';
import { scriptWay } from './ways/script.ts';
import { wheelsWay } from './ways/wheels.ts';

export type { Engine, EngineKind } from './engine.ts';
export { engineEnvironment } from './environment.ts';
export { findEngine, listEngines } from './find.ts';
export type { InstallOptions } from './install.ts';
export { findNvidia } from './nvidia.ts';
export type { InstallStage, OnProgress } from './ways/way.ts';

/**
 * Installs TensorFlow into the person's engine folder, by the first way that gives an engine which passes its self-check, and
 * removes the engines before it. Whatever ends it, nothing half installed is left, and those before are as they were.
 *
 * Throws StudioError `busy` while another process installs, `disk-full`, `not-found` when `from` lacks a file, `device` when
 * no way leads to an engine or there is no GPU for one of kind `gpu`; rejects with the signal's reason when it is aborted.
 */
export async function installEngine(options: InstallOptions): Promise<Engine> {
  if (options.kind === 'gpu') {
    const nvidia = await findNvidia(options.signal);
    if (!nvidia.usable) throw new StudioError('device', `TensorFlow for GPUs was not installed: ${nvidia.reason}.`, nvidia.hint);
  }
  return await installInto(
    enginesFolder(),
    { ways: [wheelsWay(pinnedWheels), pythonWay, scriptWay], furnish: copyPackage, prove: proveEngine },
    options,
  );
}

/** Removes every installed engine; gives how many there were. Throws StudioError `busy`, `disk-full` or `device`. */
export const removeEngine = (): Promise<number> => removeFrom(enginesFolder());

/** Whether some process installs or removes an engine at this moment. */
export const isInstalling = async (): Promise<boolean> => (await lockHolder(lockFile(enginesFolder()))) !== undefined;

/** What an installation downloads where it goes the first way; 0 on a system that can't. */
export const downloadBytes = (kind: EngineKind): number =>
  pinnedWheels(kind).reduce((sum, [first]) => sum + (first?.bytes ?? 0), 0);
