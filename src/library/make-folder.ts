import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './disk-error.ts';

/**
 * Makes a folder and those above it. Not by mkdir's own `recursive`: where a folder is there that nothing can be made in,
 * as in /proc, Node 24 tries that for ever. What the disk refuses comes as it is.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const above = dirname(folder);
    if (systemCode(error) !== 'ENOENT' || (await isThere(above))) throw error;
    await makeFolder(above);
    await makeFolder(folder); // or find that another process did
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
