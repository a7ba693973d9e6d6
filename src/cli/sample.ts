import { access, constants } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { samplingPlan, samplingProblems, type SamplingPlan } from '#contract/sampling.ts';
import { clock, stepTime } from '#contract/words.ts';
import type { Frames } from '#engine/diffusion/samplers/sampler.ts';
import { encodeTensors, floatTensor, type Tensor } from '#engine/tensors/safetensors.ts';
import { denoisingGif } from '#figures/denoising-gif.ts';
import { replaceFile } from '#library/atomic-file.ts';
import { epochCheckpoint, readCheckpoint, type StoredCheckpoint } from '#library/checkpoint.ts';
import { gridPng } from '#library/grids.ts';
import { openDevice } from '#trainer/open-device.ts';
import { recordGrid, sampleNetwork } from '#trainer/sampling.ts';
import { deviceNamed, precisionNamed } from './device-option.ts';
import { endable, Ended } from './ending.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { findRun } from './find-run.ts';
import { EXIT, type Output } from './output.ts';
import { planInWords, samplingOptions, type SamplingFlags } from './sampling-options.ts';

export interface SampleCommandOptions extends CommonOptions, SamplingFlags {
  out: string;
  epoch?: string;
  class: string;
  device?: string;
  precision: string;
}

const FORMATS = ['.png', '.gif', '.safetensors'] as const;
type Format = (typeof FORMATS)[number];
/** A sampling of more is better made in parts, with a seed each. */
const MOST_SAMPLES = 100_000;
/** A picture of more is none. */
const MOST_SHOWN = 1000;

/**
 * `from-noise sample RUN|CHECKPOINT --out FILE`: samples a trained network, in this process. The file is there whole or not
 * at all. Gives the exit code: 130 when it was ended before.
 */
export async function sample(name: string, options: SampleCommandOptions, output: Output): Promise<number> {
  const format = formatOf(options.out);
  const { count, ...asked } = samplingOptions(options, MOST_SAMPLES);
  if (format !== '.safetensors' && count > MOST_SHOWN)
    throw unusable(`--count is ${count}; a ${format} shows at most ${MOST_SHOWN}`, 'Write a .safetensors file instead.');
  const out = resolve(options.out);
  await access(dirname(out), constants.W_OK).catch((cause: unknown) => {
    throw new StudioError('bad-input', `--out: ${dirname(out)} is no folder that can be written.`, 'Make it first.', { cause });
  });
  const precision = precisionNamed(options.precision);
  const device = deviceNamed(options.device ?? 'auto');

  const { libraryFolder, devices } = openEnvironment(options, output);
  const network = await networkOf(name, options.epoch, libraryFolder);
  const { recipe } = network;
  if (options.class !== 'all' && recipe.conditioning !== 'class')
    throw unusable(`--class is "${options.class}"; the network knows no classes`, 'Leave --class out.');
  const problems = samplingProblems(recipe, { ...asked, count });
  if (problems.length > 0) throw unusable(problems.join('; '), 'Correct the value and sample again.');
  const plan = samplingPlan(recipe, { ...asked, count });

  const chosen = await devices.resolve({ device, precision });
  const executor = await openDevice(chosen.device, chosen.threads, chosen.precision);
  output.tell({
    type: 'sampling',
    epoch: network.epoch,
    step: network.step,
    plan,
    device: chosen.device,
    engine: executor.engine,
  });
  output.say(`Sampling after epoch ${network.epoch} on ${chosen.device} (${executor.engine}): ${planInWords(plan)}.`);

  const { pause, giveBack } = endable();
  try {
    const frames = reported(sampleNetwork(executor, network, plan, pause), plan, output);
    const bytes = await fileOf(frames, plan, format);
    await pause();
    await replaceFile(out, bytes);
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    output.tell({ type: 'ended', status: 'cancelled', out: null });
    output.say('Ended before the last step; nothing is written.');
    return EXIT.interrupted;
  } finally {
    giveBack();
  }
  output.tell({ type: 'ended', status: 'done', out });
  output.say(out);
  return EXIT.ok;
}

const unusable = (what: string, hint: string): StudioError => new StudioError('bad-input', `${what}.`, hint);

function formatOf(out: string): Format {
  const format = FORMATS.find((known) => known === extname(out).toLowerCase());
  if (format === undefined) throw unusable(`--out is "${out}"; its name must end in ${FORMATS.join(', ')}`, 'Name another file.');
  return format;
}

/** The checkpoint that is named, or that of a run's epoch, the newest unless told otherwise. */
async function networkOf(name: string, epoch: string | undefined, folder: string): Promise<StoredCheckpoint> {
  if (name.endsWith('.safetensors')) {
    if (epoch !== undefined) throw unusable('--epoch goes with a run, not with a checkpoint', 'Leave --epoch out.');
    return await readCheckpoint(resolve(name));
  }
  const { library, id } = await findRun(name, folder);
  const { checkpoints } = await library.runs.read(id);
  const wanted = epoch === undefined ? checkpoints.at(-1)?.epoch : Number(epoch);
  if (wanted === undefined)
    throw new StudioError('not-found', `${id} has no checkpoint yet.`, 'The first is there at the end of the first epoch.');
  if (!checkpoints.some((checkpoint) => checkpoint.epoch === wanted))
    throw new StudioError(
      'not-found',
      `${id} has no checkpoint of epoch ${epoch ?? wanted}.`,
      `It has ${checkpoints.map((checkpoint) => checkpoint.epoch).join(', ') || 'none yet'}.`,
    );
  return await readCheckpoint(epochCheckpoint(library.runs.folder(id), wanted));
}

/** A terminal's line is drawn anew at most this often, a plain line written at most that often. In milliseconds. */
const REDRAW_MS = 100;
const PLAIN_MS = 5000;

/** The frames, telling how far they are. */
async function* reported(frames: Frames, { steps }: SamplingPlan, output: Output): Frames {
  let began = 0;
  let told = performance.now();
  for await (const frame of frames) {
    const now = performance.now();
    const { step } = frame;
    if (step === 0) began = now;
    else if (now - told >= (output.redraws || output.json ? REDRAW_MS : PLAIN_MS) || (output.json && step === steps)) {
      told = now;
      const secondsPerStep = (now - began) / step / 1000;
      output.tell({ type: 'progress', step, steps, secondsPerStep });
      const line = `step ${step}/${steps}  ${stepTime(secondsPerStep)} a step  ${clock(secondsPerStep * (steps - step))} left`;
      if (output.redraws) output.draw(line.slice(0, output.columns - 1));
      else output.say(line);
    }
    yield frame;
  }
}

async function fileOf(frames: Frames, plan: SamplingPlan, format: Format): Promise<Uint8Array> {
  if (format === '.gif') return await denoisingGif(await recordGrid(frames, plan));
  let images = new Float32Array();
  for await (const { x } of frames) images = x as Float32Array<ArrayBuffer>;
  if (format === '.png') return gridPng(images);
  const tensors = new Map<string, Tensor>([['samples', floatTensor([plan.count, 1, 28, 28], images)]]);
  if (plan.labels !== null)
    tensors.set('classes', { kind: 'I64', shape: [plan.count], data: BigInt64Array.from(plan.labels, BigInt) });
  return encodeTensors(tensors, { plan: JSON.stringify(plan) });
}
