/** Programs that tests put into the PATH in the place of pip, a compiler, or NVIDIA's tools. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes shell scripts into a folder, which then may be all there is in PATH: only /bin's programs are there by path. */
export async function writePrograms(folder: string, scripts: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(folder, name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
}
