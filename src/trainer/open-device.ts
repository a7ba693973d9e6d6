import type { Precision } from '#contract/recipe.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { engineFolder } from './engine-folder.ts';

/** Opens a device by its name, wherever its library is installed. Throws an EngineError `device`. */
export const openDevice = (device: string, threads: number, precision: Precision): Promise<Executor> =>
  openExecutor(device, { threads, precision, engineFolder: engineFolder(device) });
