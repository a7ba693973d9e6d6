import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { replaceFile } from '#library/atomic-file.ts';
import { openLibrary } from '#library/library.ts';
import { openReport } from '#library/report.ts';
import { writeFigures } from '#studio/figure-files.ts';
import { buildReport } from '#studio/report.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { EXIT, type Output } from './output.ts';

export interface ReportCommandOptions extends CommonOptions {
  out: string;
  name?: string;
  figures?: string;
  data?: boolean;
}

/**
 * `from-noise report --out FILE`: all deliverables of a library's runs on one page, with the captions and the choice of runs
 * that the window keeps. What is missing is named. The file is the last line.
 */
export async function report(options: ReportCommandOptions, version: string, output: Output): Promise<number> {
  const out = resolve(options.out);
  if (!['.html', '.htm'].includes(extname(out).toLowerCase()))
    throw new StudioError('bad-input', `--out is "${options.out}"; its name must end in .html.`, 'Name another file.');
  if (!existsSync(dirname(out)))
    throw new StudioError('bad-input', `--out: there is no folder ${dirname(out)}.`, 'Make it first.');
  if (options.data === true && options.figures === undefined)
    throw new StudioError('bad-input', '--data goes with --figures.', 'Name a folder with --figures, or leave --data out.');
  const library = await openLibrary(openEnvironment(options, output).libraryFolder);
  const { runs } = await library.runs.list();
  const kept = await openReport(library.folder).read();
  const built = await buildReport(library, runs, { ...kept, name: options.name ?? kept.name }, version);
  await replaceFile(out, built.page);
  if (options.figures !== undefined) {
    const folder = resolve(options.figures);
    for await (const file of writeFigures(library, built.figures, folder, options.data === true)) {
      output.tell({ type: 'figure', file });
      output.say(file);
    }
  }
  for (const { id, title, figure, required, state, run, shortfalls } of built.deliverables) {
    output.tell({ type: 'deliverable', id, title, figure, required, state, run: run?.id ?? null, shortfalls });
    if (!required && state === 'open') continue;
    const by = [state, run?.id].filter((word) => word !== undefined).join(', ');
    const why = state === 'open' ? 'missing' : shortfalls.length === 0 ? by : `${by}: ${shortfalls.join('; ')}`;
    output.say(`${(figure === '' ? title : `${figure}, ${title}`).padEnd(38)}  ${why}`);
  }
  output.tell({ type: 'ended', status: 'done', out });
  output.say(out);
  return EXIT.ok;
}
