/** Whether a device computes what it should, without a file to hold it against. */
import type { Executor, Tensors } from '../executors/executor.ts';
import { openReferenceExecutor } from '../executors/reference/executor.ts';
import { sizeOf, type Shape } from '../graph/graph.ts';
import { initialState } from '../model/initial-state.ts';
import { trainingProgram } from '../model/programs.ts';
import type { UnetSpec } from '../model/unet.ts';
import { normals } from '../random/draws.ts';
import { stepScalars } from '../training/training.ts';
import { TOLERANCES, type Check } from './check.ts';
import { relativeError, worstDifference } from './compare.ts';

/** As wide as a Quick look, so that blocked and vectorised kernels are the ones that are checked. */
const SPEC: UnetSpec = { width: 16, conditioning: 'class' };
const BATCH = 2;
/** A learning rate at which the step moves parameters far beyond their tolerance. */
const RATE = 0.1;
const STEP = 1000;

/**
 * One training step beside the reference's in double precision, which the golden files prove against PyTorch. Gives the
 * comparison that is worst in parts of its tolerance: outputs, loss, gradients, running statistics, parameters.
 */
export async function selfCheck(executor: Executor): Promise<Check> {
  const program = trainingProgram(SPEC, BATCH, { gradients: true });
  const initial = initialState(SPEC, 1);
  const drawn = (shape: Shape, step: number): Float32Array =>
    normals(new Float32Array(sizeOf(shape)), { seed: 1, stream: 'noise', step });
  // moments as in the middle of a run: from zero, Adam's first step is the gradient's sign, which says nothing near 0
  const start: Tensors = Object.fromEntries(
    Object.entries(program.states).map(([name, { shape }], index) => [
      name,
      initial[name] ?? (name.startsWith('adam.v.') ? new Float32Array(sizeOf(shape)).fill(1) : drawn(shape, index)),
    ]),
  );
  const inputs: Tensors = { ...stepScalars(RATE, STEP) };
  for (const [index, [name, { shape }]] of Object.entries(program.inputs).entries()) inputs[name] ??= drawn(shape, 1000 + index);

  const step = async (on: Executor): Promise<{ outputs: Tensors; states: Tensors }> => {
    const session = await on.compile({ step: program });
    try {
      await session.load(start);
      const outputs = await session.run('step', inputs);
      return { outputs, states: await session.read() };
    } finally {
      await session.dispose();
    }
  };
  const [ours, reference] = [await step(executor), await step(openReferenceExecutor())];

  const checks = Object.keys(reference.outputs).map((name): Check => {
    const error = relativeError(ours.outputs[name]!, reference.outputs[name]!);
    return { check: name, error, tolerance: name.startsWith('gradient.') ? TOLERANCES.gradient : TOLERANCES.output };
  });
  for (const [name, state] of Object.entries(reference.states)) {
    const mine = ours.states[name]!;
    if (name.includes('running_'))
      checks.push({ check: name, error: relativeError(mine, state), tolerance: TOLERANCES.statistics });
    else if (!name.startsWith('adam.'))
      checks.push({ check: name, error: worstDifference(mine, state), tolerance: TOLERANCES.parameter });
  }
  return checks.reduce((worst, check) => (check.error / check.tolerance > worst.error / worst.tolerance ? check : worst));
}
