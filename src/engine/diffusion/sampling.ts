/** Sampling as one thing: a trained network, a plan, frames. */
import type { Executor, Tensors } from '../executors/executor.ts';
import { PIXELS, type UnetSpec } from '../model/unet.ts';
import { normals } from '../random/draws.ts';
import { openGuidedModel } from './guidance.ts';
import { sampleDdim } from './samplers/ddim.ts';
import { sampleDdpm, type Variance } from './samplers/ddpm.ts';
import { sampleEuler } from './samplers/euler.ts';
import { sampleHeun } from './samplers/heun.ts';
import type { Frames, Model, Noise } from './samplers/sampler.ts';
import type { Schedule } from './schedule.ts';

/** Everything that decides a sampling, but for the network. */
export interface Plan {
  count: number;
  /** the digit of each image; null where the network is told none */
  labels: readonly number[] | null;
  /** γ of classifier-free guidance */
  guidance: number;
  sampler: 'ddpm' | 'ddim' | 'euler' | 'heun';
  steps: number;
  eta: number;
  variance: Variance;
  seed: number;
}

/**
 * The noise of a sampling: a function of seed, timestep, image and pixel. So it is the same for every checkpoint and every
 * sampler, and a larger count only adds images.
 */
export function samplerNoise(seed: number, count: number): Noise {
  const draw = (step: number): Float32Array => normals(new Float32Array(count * PIXELS), { seed, stream: 'sampler', step });
  return { start: () => draw(0), at: draw };
}

/** The frames of a plan. The schedule is that of the network's training; a flow has none. */
function framesOf(model: Model, noise: Noise, plan: Plan, schedule: () => Schedule): Frames {
  switch (plan.sampler) {
    case 'ddpm':
      return sampleDdpm(model, noise, schedule(), plan.variance);
    case 'ddim':
      return sampleDdim(model, noise, schedule(), plan);
    case 'euler':
      return sampleEuler(model, noise, plan.steps);
    case 'heun':
      return sampleHeun(model, noise, plan.steps);
  }
}

/**
 * Samples from a network, given as a state dict, on an executor. `pause` is awaited before every call of the device, some
 * dozen images of one step: what it throws ends the sampling. Frees the device when the frames are over or left.
 */
export async function* sample(
  executor: Executor,
  network: { spec: UnetSpec; state: Tensors; schedule: () => Schedule },
  plan: Plan,
  pause: () => Promise<void> | void = () => undefined,
): Frames {
  const opened = await openGuidedModel(executor, network.spec, network.state, plan, pause);
  try {
    yield* framesOf(opened.model, samplerNoise(plan.seed, plan.count), plan, network.schedule);
  } finally {
    await opened.dispose();
  }
}
