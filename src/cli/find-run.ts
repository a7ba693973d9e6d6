import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { runIdSchema } from '#contract/run.ts';
import { openLibrary, type Library } from '#library/library.ts';

/** A run by its id in the library, or by its folder, which names its library too. */
export async function findRun(name: string, folder: string): Promise<{ library: Library; id: string }> {
  const asId = runIdSchema.safeParse(name);
  if (asId.success && !existsSync(resolve(name, 'run.json'))) {
    const library = await openLibrary(folder);
    if (!existsSync(library.runs.folder(asId.data)))
      throw new StudioError(
        'not-found',
        `There is no run "${name}" in ${folder}.`,
        '`from-noise runs` lists them; --library names another library.',
      );
    return { library, id: asId.data };
  }
  const path = resolve(name);
  if (!existsSync(path))
    throw new StudioError(
      'not-found',
      `There is no run "${name}": neither an id nor a folder.`,
      '`from-noise runs` lists the runs.',
    );
  if (basename(dirname(path)) !== 'runs')
    throw new StudioError(
      'bad-input',
      `${path} is not in a library's folder "runs".`,
      `Move it to ${folder}/runs, or copy it there.`,
    );
  return { library: await openLibrary(dirname(dirname(path))), id: basename(path) };
}
