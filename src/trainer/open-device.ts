import type { Precision } from '#contract/recipe.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { engineOf } from './find-engine.ts';

/** Opens a device by its name, wherever its library is installed. Throws an EngineError `device`. */
export const openDevice = async (device: string, threads: number, precision: Precision): Promise<Executor> =>
  openExecutor(device, { threads, precision, engineFolder: (await engineOf(device))?.folder });
