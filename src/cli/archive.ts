import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ARCHIVE_EXTENSION } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import { openLibrary } from '#library/library.ts';
import { exportRun, importRun } from '#library/run-archive.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { findRun } from './find-run.ts';
import { EXIT, type Output } from './output.ts';

export interface ExportCommandOptions extends CommonOptions {
  out: string;
}

/** `from-noise export RUN --out FILE`: a run as one file. The file is the last line. */
export async function exportArchive(name: string, options: ExportCommandOptions, output: Output): Promise<number> {
  const out = resolve(options.out);
  if (!out.endsWith(ARCHIVE_EXTENSION))
    throw new StudioError(
      'bad-input',
      `--out is "${options.out}"; its name must end in ${ARCHIVE_EXTENSION}.`,
      'Name another file.',
    );
  if (!existsSync(dirname(out)))
    throw new StudioError('bad-input', `--out: there is no folder ${dirname(out)}.`, 'Make it first.');
  const { library, id } = await findRun(name, openEnvironment(options, output).libraryFolder);
  await exportRun(await library.runs.read(id), out);
  output.tell({ type: 'ended', status: 'done', run: id, out });
  output.say(out);
  return EXIT.ok;
}

/** `from-noise import FILE`: adds the run of a file to the library. The run's folder is the last line. */
export async function importArchive(file: string, options: CommonOptions, output: Output): Promise<number> {
  const library = await openLibrary(openEnvironment(options, output).libraryFolder);
  const { id, name, folder } = await importRun(library, resolve(file));
  output.tell({ type: 'ended', status: 'done', run: id, name, folder });
  output.say(folder);
  return EXIT.ok;
}
