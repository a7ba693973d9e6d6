/** Gradients and whole training steps against PyTorch's. */
import type { Executor, Tensors } from '../executors/executor.ts';
import { trainingProgram } from '../model/programs.ts';
import { importState } from '../model/state.ts';
import { stateParts, type UnetSpec } from '../model/unet.ts';
import { oneHot } from '../diffusion/guidance.ts';
import { startingMoments, stepScalars } from '../training/training.ts';
import { TOLERANCES, type Check } from './check.ts';
import { distance, relativeError, worstDifference } from './compare.ts';
import type { GoldenFile } from './golden-file.ts';

/** What the network is asked in a step of the file: x, and by conditioning t/T and c. */
export function stepInputs(
  file: GoldenFile,
  spec: UnetSpec,
  step: number,
  dropped?: 'all' | 'none',
): Tensors & { x: Float32Array } {
  const { data: x, count } = file.images(`step${step}.input`);
  if (spec.conditioning === 'none') return { x };
  const timesteps = file.setting('T', 300);
  const t = Float32Array.from(file.numbers(`step${step}.t`, count), (v) => v / timesteps);
  if (spec.conditioning === 'time') return { x, t };
  const keep = dropped === undefined ? file.numbers(`step${step}.keep`, count) : [];
  const kept = (i: number) => (dropped === undefined ? keep[i] !== 0 : dropped === 'none');
  return { x, t, c: oneHot(file.labels(`step${step}.c`, count), kept) };
}

/** How many training steps the file holds. */
export function stepsOf(file: GoldenFile): number {
  let steps = 0;
  while (file.has(`step${steps}.input`)) steps++;
  if (steps === 0) throw file.problem('tensor step0.input is missing');
  return steps;
}

/** Gradients at the start; output and loss of each step; parameters and running statistics after the last. */
export async function* trainingChecks(file: GoldenFile, executor: Executor): AsyncGenerator<Check> {
  const spec = file.spec('param.');
  const foreign = { ...file.group('param.'), ...file.group('buffer.') };
  const start = { ...importState(spec, foreign), ...startingMoments(spec) };
  const parts = stateParts(spec);
  const trainedStates = (all: Tensors): Tensors =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !parts.idle.has(name)));
  const inputs = (step: number): Tensors => ({
    ...stepInputs(file, spec, step),
    target: file.floats(`step${step}.${spec.conditioning === 'none' ? 'x0' : 'eps'}`),
    ...stepScalars(file.setting('lr', 1e-3), step + 1),
  });
  const steps = stepsOf(file);
  const batch = file.images('step0.input').count;

  if (Object.keys(file.group('grad.')).length > 0) {
    const session = await executor.compile({ step: trainingProgram(spec, batch, { gradients: true }) });
    await session.load(trainedStates(start));
    const outputs = await session.run('step', inputs(0));
    await session.dispose();
    const errors = [...parts.trained.keys()].map((name) =>
      relativeError(outputs[`gradient.${name}`]!, file.floats(`grad.${name}`)),
    );
    yield { check: 'step 0 gradients', error: Math.max(...errors), tolerance: TOLERANCES.gradient };
  }

  const session = await executor.compile({ step: trainingProgram(spec, batch) });
  await session.load(trainedStates(start));
  for (let step = 0; step < steps; step++) {
    const { output, loss } = await session.run('step', inputs(step));
    const compare = (what: string, actual: Float32Array): Check => ({
      check: `step ${step} ${what}`,
      error: relativeError(actual, file.floats(`step${step}.${what}`)),
      tolerance: TOLERANCES.output,
    });
    yield compare('output', output!);
    yield compare('loss', loss!);
  }
  const end = await session.read();
  await session.dispose();
  yield* statesAfterwards(file, spec, foreign, end, steps);
}

/**
 * Where the file's biases before a BatchNorm are not zero, ours are: they went into the running means when the file was
 * read. So they are added back to our running means before these are compared; and since PyTorch's gradient of such a bias
 * is zero, its trained value has to be the one it started with.
 */
function* statesAfterwards(file: GoldenFile, spec: UnetSpec, start: Tensors, end: Tensors, steps: number): Generator<Check> {
  const { trained, idle, statistics } = stateParts(spec);
  const worst = (names: Iterable<string>, error: (name: string) => number) => Math.max(...[...names].map(error));

  const asPyTorch = (name: string): Float32Array => {
    const bias = name.endsWith('.bn.running_mean') ? start[name.replace(/\.bn\.running_mean$/, '.conv.bias')] : undefined;
    return bias === undefined ? end[name]! : end[name]!.map((mean, i) => mean + bias[i]!);
  };
  yield {
    check: `running statistics after ${steps} steps`,
    error: worst(statistics.keys(), (name) => relativeError(asPyTorch(name), file.floats(`trained.buffer.${name}`))),
    tolerance: TOLERANCES.statistics,
  };

  const parameter = (name: string) => file.floats(`trained.param.${name}`);
  yield {
    check: `parameters after ${steps} steps`,
    error: worst([...trained.keys(), ...idle.keys()], (name) =>
      worstDifference((idle.has(name) ? start : end)[name]!, parameter(name)),
    ),
    tolerance: TOLERANCES.parameter,
  };
  yield {
    check: `parameters' movement over ${steps} steps`,
    error: worst(
      trained.keys(),
      (name) => distance(end[name]!, parameter(name)) / (distance(start[name]!, parameter(name)) || 1),
    ),
    tolerance: TOLERANCES.movement,
  };
}
