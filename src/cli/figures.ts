import { resolve } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { figuresOfRun } from '#contract/run-figures.ts';
import { writeFigures } from '#studio/figure-files.ts';
import { endable, Ended } from './ending.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { findRun } from './find-run.ts';
import { EXIT, type Output } from './output.ts';

export interface FiguresCommandOptions extends CommonOptions {
  out: string;
  data?: boolean;
}

/** `from-noise figures RUN --out DIR`: every figure that a run can give, as files. The folder is the last line. */
export async function figures(name: string, options: FiguresCommandOptions, output: Output): Promise<number> {
  const { library, id } = await findRun(name, openEnvironment(options, output).libraryFolder);
  const run = await library.runs.read(id);
  const requests = figuresOfRun(run);
  if (run.progress.step === 0)
    throw new StudioError('not-found', `"${run.name}" has no figures yet.`, 'The first is there after its first steps.');
  const folder = resolve(options.out);
  const { pause, giveBack } = endable();
  try {
    for await (const file of writeFigures(library, requests, folder, options.data === true)) {
      output.tell({ type: 'figure', run: id, file });
      output.say(file);
      await pause();
    }
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    output.say('Ended. The figures so far are kept.');
    return EXIT.interrupted;
  } finally {
    giveBack();
  }
  output.tell({ type: 'ended', status: 'done', out: folder });
  output.say(folder);
  return EXIT.ok;
}
