import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { samplingPlan, samplingProblems } from '#contract/sampling.ts';
import { CHANCE, type Score } from '#contract/score.ts';
import { percent } from '#contract/words.ts';
import { listCheckpoints } from '#library/checkpoint.ts';
import { replaceFile } from '#library/atomic-file.ts';
import { openDevice } from '#trainer/open-device.ts';
import { scoreEpochs } from '#trainer/score-job.ts';
import { deviceNamed, precisionNamed } from './device-option.ts';
import { endable, Ended } from './ending.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { findRun } from './find-run.ts';
import { EXIT, type Output } from './output.ts';
import { planInWords, samplingOptions, type SamplingFlags } from './sampling-options.ts';

export interface ScoreCommandOptions extends Omit<CommonOptions, 'json'>, SamplingFlags {
  /** true: one object a line on standard output; a text: the file that all scores are written to */
  json?: boolean | string;
  epoch?: string;
  device?: string;
  precision?: string;
}

/** A window's most; every image is in memory until it is read. */
const MOST_SAMPLES = 1000;

/** `from-noise score RUN`: how the digit scorer reads a run's samples, epoch by epoch. The scores are kept with the run. */
export async function score(name: string, options: ScoreCommandOptions, output: Output): Promise<number> {
  const file = typeof options.json === 'string' ? resolve(options.json) : undefined;
  if (file !== undefined && !existsSync(dirname(file)))
    throw new StudioError('bad-input', `The folder of ${file} does not exist.`, 'Let --json name a file in a folder that does.');
  const device = deviceNamed(options.device ?? 'auto');
  const asked = options.precision === undefined ? undefined : precisionNamed(options.precision);
  const epoch = options.epoch === undefined ? undefined : wholeNumber('epoch', options.epoch);
  const sampling = samplingOptions(options, MOST_SAMPLES);
  const environment = openEnvironment({ ...(options.library === undefined ? {} : { library: options.library }) }, output);
  const { library, id } = await findRun(name, environment.libraryFolder);
  const run = await library.runs.read(id);
  const problems = samplingProblems(run.recipe, sampling);
  if (problems.length > 0) throw new StudioError('bad-input', `The run can't be scored so: ${problems.join('; ')}.`, '');
  const kept = (await listCheckpoints(run.folder)).map((checkpoint) => checkpoint.epoch);
  const epochs = epoch === undefined ? kept : kept.filter((e) => e === epoch);
  if (epochs.length === 0)
    throw new StudioError(
      'not-found',
      epoch === undefined ? `Run ${id} has no checkpoint yet.` : `Run ${id} has no checkpoint of epoch ${epoch}.`,
      kept.length === 0 ? 'Train it for an epoch first.' : `It has those of epochs ${kept.join(', ')}.`,
    );

  const chosen = await environment.devices.resolve({ device, precision: asked ?? run.recipe.precision });
  const executor = await openDevice(chosen.device, chosen.threads, chosen.precision);
  const plan = samplingPlan(run.recipe, sampling);
  output.say(`${executor.engine} on ${executor.device}, ${chosen.precision}. After each epoch: ${planInWords(plan)}.`);
  const { pause, giveBack } = endable();
  const scores: Score[] = [];
  try {
    await scoreEpochs(
      { folder: run.folder, epochs, plan, executor, precision: chosen.precision },
      {
        pause,
        onStep(each, step) {
          if (output.redraws) output.draw(`epoch ${each}  step ${step} of ${plan.steps}`.slice(0, output.columns - 1));
        },
        onScore(entry) {
          scores.push(entry);
          output.tell({ type: 'score', run: id, ...entry });
          output.say(lineOf(entry));
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    output.say('Ended. The scores so far are kept.');
    return EXIT.interrupted;
  } finally {
    giveBack();
  }
  const { real } = scores[0]!;
  output.say(
    `real digits: accuracy ${percent(real.accuracy)}, Fréchet distance ${real.frechet.toFixed(2)}; chance: ${percent(CHANCE)}`,
  );
  if (file !== undefined) {
    await replaceFile(file, `${JSON.stringify({ run: id, chance: CHANCE, scores }, null, 2)}\n`);
    output.say(file);
  }
  return EXIT.ok;
}

const lineOf = ({ epoch, accuracy, frechet }: Score): string =>
  [
    `epoch ${epoch}:`,
    ...(accuracy === null ? [] : [`accuracy ${percent(accuracy)},`]),
    `Fréchet distance ${frechet.toFixed(2)}`,
  ].join(' ');

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 1)
    throw new StudioError(
      'bad-input',
      `--${option} is "${text}"; it must be a whole number above 0.`,
      'Correct it and start again.',
    );
  return value;
}
