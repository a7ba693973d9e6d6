import { CLEAN, noisyWindow, toGrey } from '#contract/grey.ts';
import { StudioError } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import { gridPlan, type Grid, type SamplingPlan } from '#contract/sampling.ts';
import type { Frames } from '#engine/diffusion/samplers/sampler.ts';
import { sample } from '#engine/diffusion/sampling.ts';
import { scheduleNamed } from '#engine/diffusion/schedule.ts';
import type { Executor, Tensors } from '#engine/executors/executor.ts';
import { PIXELS } from '#engine/model/unet.ts';

/** A trained network: what made it, and its state dict with whatever else a checkpoint holds. */
export interface Network {
  recipe: Recipe;
  tensors: Tensors;
}

const AVERAGE = 'ema.';

/** The state dict with the trained weights, or with their running average. Throws StudioError `checkpoint` where none was kept. */
export function weightsOf(tensors: Tensors, weights: SamplingPlan['weights']): Tensors {
  if (weights === 'raw') return tensors;
  const averages = Object.entries(tensors).filter(([name]) => name.startsWith(AVERAGE));
  if (averages.length === 0)
    throw new StudioError('checkpoint', 'The checkpoint holds no running average of the weights.', 'Sample its raw weights.');
  return { ...tensors, ...Object.fromEntries(averages.map(([name, data]) => [name.slice(AVERAGE.length), data])) };
}

/** Samples by a plan; see `sample`. */
export const sampleNetwork = (
  executor: Executor,
  { recipe, tensors }: Network,
  plan: SamplingPlan,
  pause?: () => Promise<void> | void,
): Frames => {
  const schedule = () => scheduleNamed(recipe.schedule, recipe.timesteps);
  return sample(executor, { spec: recipe, state: weightsOf(tensors, plan.weights), schedule }, plan, pause);
};

/** Which of a sampling's frames, after 0 … `steps` steps, are shown: at most so many, evenly spaced, the image always. */
export function shownSteps(steps: number, most: number): number[] {
  const frames = Math.min(most, steps + 1);
  if (frames === 1) return [steps];
  return Array.from({ length: frames }, (_, i) => Math.round((i * steps) / (frames - 1)));
}

/** Frames on the way that a grid keeps: enough for an animation of some seconds. */
const GRID_FRAMES = 50;
/** x_t lies around an image in [0, 1] with a deviation of up to 1; see gridSchema. */
const NOISY = noisyWindow(1);

/**
 * The grid of an epoch, with the way there: the same noise for every epoch and run. `pause` is awaited before every call
 * of the device; what it throws ends the sampling.
 */
export async function sampleGrid(
  executor: Executor,
  network: Network,
  epoch: number,
  pause?: () => Promise<void> | void,
): Promise<Grid> {
  const plan = gridPlan(network.recipe, epoch);
  return await recordGrid(sampleNetwork(executor, network, plan, pause), plan);
}

/** The images of a plan's frames, and the way there. */
export async function recordGrid(sampled: Frames, plan: SamplingPlan): Promise<Grid> {
  const shown = shownSteps(plan.steps, GRID_FRAMES);
  const size = plan.count * PIXELS;
  const frames = {
    t: new Float32Array(shown.length),
    x: new Uint8Array(shown.length * size),
    x0: new Uint8Array(shown.length * size),
  };
  let images = new Float32Array(size);
  for await (const { step, t, x, x0 } of sampled) {
    const index = shown.indexOf(step);
    if (index >= 0) {
      frames.t[index] = t;
      frames.x.set(toGrey(x, NOISY), index * size);
      frames.x0.set(toGrey(x0, CLEAN), index * size);
    }
    images = x as Float32Array<ArrayBuffer>;
  }
  return { plan, images, frames };
}
