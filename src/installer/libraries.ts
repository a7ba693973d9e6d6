/** TensorFlow's shared libraries, and NVIDIA's beside them. */
import { readdir } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import process from 'node:process';
import { systemCode } from '#library/disk-error.ts';
import { nvidiaFolder } from './folder.ts';

/** TensorFlow's C API as Python's wheels hold it: the second is what the first is linked with. */
export const libraryNames: readonly string[] =
  process.platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The folders with NVIDIA's libraries, below the engine's folder; none for an engine without them. */
export async function nvidiaLibraryPath(engine: string): Promise<string[]> {
  const nvidia = nvidiaFolder(engine);
  const parts = await readdir(nvidia).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  const folders: string[] = [];
  for (const part of parts.sort())
    if ((await readdir(join(nvidia, part))).includes('lib'))
      folders.push(posix.join(relative(engine, nvidia).replaceAll(sep, '/'), part, 'lib'));
  return folders;
}
