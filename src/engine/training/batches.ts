/** The training data of a step, as a function of the recipe, the digits and the step alone. */
import { oneHot } from '../diffusion/guidance.ts';
import type { ObjectiveSettings } from '../diffusion/objectives/objective.ts';
import { objectives, type ObjectiveName } from '../diffusion/objectives/objectives.ts';
import type { Tensors } from '../executors/executor.ts';
import { PIXELS, type UnetSpec } from '../model/unet.ts';
import { permutation, uniforms } from '../random/draws.ts';
import { drawsOf } from './draws.ts';

/** What defines a training run, the digits apart. */
export interface TrainingSpec extends UnetSpec, ObjectiveSettings {
  objective: ObjectiveName;
  batchSize: number;
  epochs: number;
  learningRate: number;
  /** the factor by which the learning rate falls over the whole run */
  learningRateDecay: number;
  /** p_uncond */
  dropClass: number;
  /** decay of the running average of the weights; 0 keeps none */
  ema: number;
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
  const { seed, batchSize } = spec;
  const count = digits.labels.length;
  const stepsPerEpoch = Math.ceil(count / batchSize);
  const forward = objectives[spec.objective](spec);
  let order: { epoch: number; digits: Uint32Array } | undefined;

  return {
    stepsPerEpoch,
    at(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (order?.epoch !== epoch) order = { epoch, digits: permutation(count, { seed, stream: 'order', step: epoch }) };
      const start = (step % stepsPerEpoch) * batchSize;
      const chosen = order.digits.subarray(start, start + batchSize);
      const draws = drawsOf(chosen.length, seed, step, { noise: 'noise', time: 'timestep' });
      const { input, target, t } = forward(imagesOf(digits, chosen), draws);
      const tensors: Tensors = { x: input, target };
      if (spec.conditioning !== 'none') tensors['t'] = t ?? new Float32Array(chosen.length);
      if (spec.conditioning === 'class') tensors['c'] = classes(spec, digits, chosen, step);
      return { size: chosen.length, tensors };
    },
  };
}

/** The chosen images in [0, 1], n × 784. */
export function imagesOf(digits: Digits, chosen: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const images = new Float32Array(chosen.length * PIXELS);
  for (let i = 0; i < chosen.length; i++)
    for (let p = 0; p < PIXELS; p++) images[i * PIXELS + p] = digits.images[chosen[i]! * PIXELS + p]! / 255;
  return images;
}

/** One-hot classes, each hidden with probability p_uncond. */
function classes({ seed, dropClass }: TrainingSpec, digits: Digits, chosen: Uint32Array, step: number): Float32Array {
  const draws = uniforms(new Float64Array(chosen.length), { seed, stream: 'drop-class', step });
  return oneHot(
    Array.from(chosen, (digit) => digits.labels[digit]!),
    (i) => draws[i]! >= dropClass,
  );
}
