import { loss as lossText } from '#contract/words.ts';
import { openLibrary } from '#library/library.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { EXIT, type Output } from './output.ts';

/** `from-noise runs`: the library's runs, newest first. */
export async function listRuns(options: CommonOptions, output: Output): Promise<number> {
  const library = await openLibrary(openEnvironment(options, output).libraryFolder);
  const { runs, damaged } = await library.runs.list();
  for (const { holder, ...run } of runs) output.tell({ type: 'run', ...run, writer: holder ?? null });
  for (const { folder, error } of damaged) output.tell({ type: 'damaged', folder, ...error });
  const widest = Math.max(0, ...runs.map(({ id }) => id.length));
  for (const { id, state, progress, recipe, name } of runs) {
    const loss = progress.epochLosses.at(-1);
    const epochs = `${progress.epoch}/${recipe.epochs} epochs`.padEnd(13);
    output.say(
      `${id.padEnd(widest)}  ${state.status.padEnd(11)}  ${epochs}  ${(loss === undefined ? '' : lossText(loss)).padEnd(8)}  ${name}`,
    );
  }
  for (const { error } of damaged) output.say(`${error.message} ${error.hint}`);
  if (runs.length + damaged.length === 0)
    output.say(`No runs in ${library.folder} yet. Start one: from-noise train denoiser --preset quick`);
  return EXIT.ok;
}
