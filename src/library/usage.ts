import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files in a folder; what goes away meanwhile, and what can't be read, counts as nothing. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry): Promise<number> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return await folderBytes(path);
      if (!entry.isFile()) return 0;
      return await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
