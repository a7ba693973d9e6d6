/** The training data of a step, as a function of the recipe, the digits and the step alone. */
import { ddpm } from '../diffusion/objectives/ddpm.ts';
import { denoise } from '../diffusion/objectives/denoise.ts';
import type { Example } from '../diffusion/objectives/example.ts';
import { flow } from '../diffusion/objectives/flow.ts';
import { oneHot } from '../diffusion/guidance.ts';
import { linearSchedule, type Schedule } from '../diffusion/schedule.ts';
import type { Tensors } from '../executors/executor.ts';
import { PIXELS, type UnetSpec } from '../model/unet.ts';
import { normals, permutation, uniforms, type Place, type Stream } from '../random/draws.ts';

/** What defines a training run, the digits apart. */
export interface TrainingSpec extends UnetSpec {
  objective: 'denoise' | 'ddpm' | 'flow';
  /** standard deviation of the denoiser's noise */
  sigma: number;
  /** T of the noise schedule */
  timesteps: number;
  batchSize: number;
  epochs: number;
  learningRate: number;
  /** the factor by which the learning rate falls over the whole run */
  learningRateDecay: number;
  /** p_uncond */
  dropClass: number;
  seed: number;
}

/** Images of 28 × 28 grey levels, one after another, and the digit that each shows. */
export interface Digits {
  images: Uint8Array; // n × 784
  labels: Uint8Array; // n
}

export interface Batch {
  size: number;
  /** x, target and, by conditioning, t and c, as the training program takes them */
  tensors: Tensors;
}

/** Gives the batch of any step; steps count from 0. The last one of an epoch holds what is left. */
export function batches(spec: TrainingSpec, digits: Digits): { stepsPerEpoch: number; at(step: number): Batch } {
  const count = digits.labels.length;
  const stepsPerEpoch = Math.ceil(count / spec.batchSize);
  const schedule = linearSchedule(spec.timesteps);
  let order: { epoch: number; digits: Uint32Array } | undefined;

  return {
    stepsPerEpoch,
    at(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (order?.epoch !== epoch)
        order = { epoch, digits: permutation(count, { seed: spec.seed, stream: 'order', step: epoch }) };
      const start = (step % stepsPerEpoch) * spec.batchSize;
      const chosen = [...order.digits.subarray(start, start + spec.batchSize)];
      const { input, target, t } = example(spec, schedule, imagesOf(digits, chosen), step);
      const tensors: Tensors = { x: input, target };
      if (spec.conditioning !== 'none') tensors['t'] = t ?? new Float32Array(chosen.length);
      if (spec.conditioning === 'class') tensors['c'] = classes(spec, digits, chosen, step);
      return { size: chosen.length, tensors };
    },
  };
}

/** The chosen images in [0, 1], n × 784. */
function imagesOf(digits: Digits, chosen: readonly number[]): Float32Array {
  const images = new Float32Array(chosen.length * PIXELS);
  chosen.forEach((digit, i) => {
    for (let p = 0; p < PIXELS; p++) images[i * PIXELS + p] = digits.images[digit * PIXELS + p]! / 255;
  });
  return images;
}

function example(spec: TrainingSpec, schedule: Schedule, x0: Float32Array, step: number): Example {
  const epsilon = normals(new Float32Array(x0.length), place(spec, 'noise', step));
  const times = () => [...uniforms(new Float64Array(x0.length / PIXELS), place(spec, 'timestep', step))];
  switch (spec.objective) {
    case 'denoise':
      return denoise(x0, epsilon, spec.sigma);
    case 'ddpm':
      return ddpm(
        x0,
        epsilon,
        times().map((u) => 1 + Math.floor(u * spec.timesteps)),
        schedule,
      );
    case 'flow':
      return flow(x0, epsilon, times());
  }
}

/** One-hot classes, each hidden with probability p_uncond. */
function classes(spec: TrainingSpec, digits: Digits, chosen: readonly number[], step: number): Float32Array {
  const draws = uniforms(new Float64Array(chosen.length), place(spec, 'drop-class', step));
  return oneHot(
    chosen.map((digit) => digits.labels[digit]!),
    (i) => draws[i]! >= spec.dropClass,
  );
}

const place = ({ seed }: TrainingSpec, stream: Stream, step: number): Place => ({ seed, stream, step });
