import { DEVICES } from '#contract/recipe.ts';
import { deviceNamed } from './device-option.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { findRun } from './find-run.ts';
import type { Output } from './output.ts';
import { sitWith } from './sitting.ts';

export interface ResumeCommandOptions extends CommonOptions {
  device?: string;
}

/** `from-noise resume RUN`: the run goes on here, from where it was. */
export async function resume(name: string, options: ResumeCommandOptions, output: Output): Promise<number> {
  const device = options.device === undefined ? undefined : deviceNamed(options.device, DEVICES);
  const { libraryFolder, devices } = openEnvironment(options, output);
  const { library, id } = await findRun(name, libraryFolder);
  const run = await library.runs.read(id);
  return await sitWith({ library, run, devices, ...(device === undefined ? {} : { override: { device } }), output });
}
