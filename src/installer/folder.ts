import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import envPaths from 'env-paths';

const said = (value: string | undefined): string | undefined => (value === undefined || value === '' ? undefined : value);

/** The folder of the installed engines: FROM_NOISE_ENGINES, or a part of the system's own place for a person's data. */
export function enginesFolder(): string {
  const named = said(process.env['FROM_NOISE_ENGINES']);
  return named === undefined ? join(envPaths('from-noise', { suffix: '' }).data, 'engines') : resolve(named);
}

/** The engine folder of the developer's own that FROM_NOISE_TENSORFLOW names. */
export function ownFolder(): string | undefined {
  const named = said(process.env['FROM_NOISE_TENSORFLOW']);
  return named === undefined ? undefined : resolve(named);
}

/** Held by the process that installs or removes. */
export const lockFile = (parent: string): string => join(parent, 'install.lock');

/** The package that is required out of an engine folder. */
export const PACKAGE = '@tensorflow/tfjs-node-gpu';
export const packageFolder = (engine: string): string => join(engine, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
export const librariesFolder = (engine: string): string => join(packageFolder(engine), 'deps', 'lib');
export const manifestFile = (engine: string): string => join(engine, 'engine.json');
/** Where TensorFlow built for CUDA looks for NVIDIA's libraries: beside the folder of its own, as Python lays them out. */
export const nvidiaFolder = (engine: string): string => join(packageFolder(engine), 'deps', 'nvidia');

/** Bytes of all files in a folder and below, as far as they are there at this moment. */
export async function bytesBelow(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(folder, file)).then(
        (found) => (found.isFile() ? found.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
