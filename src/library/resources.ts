import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StudioError } from '#contract/error.ts';

/**
 * A file of resources/, which lies beside src/ and beside what the build makes of it. Throws a StudioError `not-found`.
 */
export function resourceFile(name: string, from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'resources', name);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder)
      throw new StudioError('not-found', `The program's own file resources/${name} is missing.`, 'Install From Noise again.');
  }
}
