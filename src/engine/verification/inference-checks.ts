/** The network in inference, and sampling with it, against PyTorch's. */
import { oneHot, openGuidedModel } from '../diffusion/guidance.ts';
import { sampleDdpm } from '../diffusion/samplers/ddpm.ts';
import { sampleEuler } from '../diffusion/samplers/euler.ts';
import type { Frame, Frames, Model } from '../diffusion/samplers/sampler.ts';
import { linearSchedule } from '../diffusion/schedule.ts';
import type { Executor } from '../executors/executor.ts';
import { assembleProgram, GraphBuilder } from '../graph/builder.ts';
import type { Program } from '../graph/graph.ts';
import { trainingLayers } from '../model/layers.ts';
import { importState } from '../model/state.ts';
import { PIXELS, unet, unetInputs, type UnetSpec } from '../model/unet.ts';
import { openPredictor } from '../training/predictor.ts';
import { TOLERANCES, type Check } from './check.ts';
import { relativeError } from './compare.ts';
import type { GoldenFile } from './golden-file.ts';
import { stepInputs, stepsOf } from './training-checks.ts';

/** From the trained parameters of the file: the network's outputs, with and without the class; DDPM and flow samples. */
export async function* inferenceChecks(file: GoldenFile, executor: Executor): AsyncGenerator<Check> {
  const spec = file.spec('param.');
  const state = importState(spec, { ...file.group('trained.param.'), ...file.group('trained.buffer.') });
  const predictor = await openPredictor(executor, spec, state, file.images('step0.input').count);
  const compare = (tensor: string, actual: Float32Array): Check => ({
    check: tensor,
    error: relativeError(actual, file.floats(tensor)),
    tolerance: TOLERANCES.output,
  });
  try {
    const last = stepsOf(file) - 1;
    for (const [tensor, dropped] of [
      ['eval.output', 'none'],
      ['eval.output_dropped', 'all'],
    ] as const) {
      if (!file.has(tensor)) continue;
      const { x, t, c } = stepInputs(file, spec, last, dropped);
      yield compare(tensor, await predictor.predict(x, t, c));
    }
  } finally {
    await predictor.dispose();
  }
  if (!file.has('ddpm.xT')) return;
  if (spec.conditioning === 'none') throw file.problem('a network without time has samples');
  const { count } = file.images('ddpm.xT');
  const { model, dispose } = await openGuidedModel(executor, spec, state, {
    count,
    labels: spec.conditioning === 'class' ? file.labels('ddpm.c', count) : null,
    guidance: file.setting('guidance_scale', 5),
  });
  try {
    for (const [tensor, samples] of await ddpmSamples(file, model)) yield compare(tensor, samples);
    if (file.has('flow.x0')) {
      const start = () => file.floats('ddpm.xT');
      yield compare('flow.x0', await imageOf(sampleEuler(model, { start }, file.setting('flow.steps', 10))));
    }
  } finally {
    await dispose();
  }
}

/**
 * The network in inference at the very statistics of step 0's batch, where it has to give that step's training output.
 * After three steps the running statistics are still so wide that little of the deep layers reaches `eval.output`; here all does.
 */
export async function* batchStatisticsCheck(file: GoldenFile, executor: Executor): AsyncGenerator<Check> {
  const spec = file.spec('param.');
  const { x, t, c } = stepInputs(file, spec, 0);
  const count = x.length / PIXELS;
  const start = importState(spec, { ...file.group('param.'), ...file.group('buffer.') });
  const program = statisticsProgram(spec, count);
  const session = await executor.compile({ statistics: program });
  await session.load(Object.fromEntries(Object.keys(program.states).map((name) => [name, start[name]!])));
  const given = { x, ...(t && { t }), ...(c && { c }) };
  const inputs = Object.entries(given).filter(([name]) => Object.hasOwn(program.inputs, name));
  const statistics = await session.run('statistics', Object.fromEntries(inputs));
  await session.dispose();

  const state = { ...start, ...statistics };
  const predictor = await openPredictor(executor, spec, state, count);
  try {
    const error = relativeError(await predictor.predict(x, t, c), file.floats('step0.output'));
    yield { check: 'step 0 output in inference', error, tolerance: TOLERANCES.output };
  } finally {
    await predictor.dispose();
  }
}

/** The batch's mean and variance before each BatchNorm, under the names of the running statistics. */
function statisticsProgram(spec: UnetSpec, batch: number): Program {
  const graph = new GraphBuilder();
  const net = trainingLayers(graph);
  unet(net, spec, unetInputs(graph, spec, batch));
  return assembleProgram(net.ofBatch);
}

/** The samples along the way that the file holds, `ddpm.x20` after the step to t = 20, and `ddpm.x0`. */
async function ddpmSamples(file: GoldenFile, model: Model): Promise<[tensor: string, samples: Float32Array][]> {
  const xT = file.floats('ddpm.xT');
  const z = file.floats('ddpm.z');
  const timesteps = file.setting('ddpm.T', 40);
  if (z.length < (timesteps - 1) * xT.length) throw file.problem(`tensor ddpm.z holds less than ${timesteps - 1} steps of noise`);
  // z[i] belongs to t = T − i
  const at = (t: number) => z.subarray((timesteps - t) * xT.length, (timesteps - t + 1) * xT.length);
  const samples: [string, Float32Array][] = [];
  for await (const { step, x } of sampleDdpm(model, { start: () => xT, at }, linearSchedule(timesteps))) {
    const tensor = `ddpm.x${timesteps - step}`;
    if (file.has(tensor)) samples.push([tensor, x]);
  }
  return samples;
}

/** x of the last frame. */
async function imageOf(frames: Frames): Promise<Float32Array> {
  let last: Frame | undefined;
  for await (const frame of frames) last = frame;
  return last!.x;
}

/** A whole foreign state dict, its biases before BatchNorms not zero: the network's output. */
export async function* importChecks(file: GoldenFile, executor: Executor): AsyncGenerator<Check> {
  const spec = file.spec('state.');
  const { data: x, count } = file.images('x');
  const t = spec.conditioning === 'none' ? undefined : Float32Array.from(file.numbers('t', count));
  const c = spec.conditioning === 'class' ? oneHot(file.labels('c', count)) : undefined;
  const predictor = await openPredictor(executor, spec, importState(spec, file.group('state.')), count);
  try {
    const output = await predictor.predict(x, t, c);
    yield { check: 'eval.output', error: relativeError(output, file.floats('eval.output')), tolerance: TOLERANCES.output };
  } finally {
    await predictor.dispose();
  }
}

/** β, α and ᾱ in double precision. */
export function* scheduleChecks(file: GoldenFile): Generator<Check> {
  const timesteps = file.doubles('f64.beta').length;
  const { beta, alpha, alphaBar } = linearSchedule(timesteps);
  for (const [tensor, ours] of [
    ['f64.beta', beta],
    ['f64.alpha', alpha],
    ['f64.alpha_bar', alphaBar],
  ] as const)
    yield { check: tensor, error: relativeError(ours.subarray(1), file.doubles(tensor)), tolerance: TOLERANCES.schedule };
}
