/** Classifier-free guidance: Ho & Salimans 2022; algorithms B.3 and B.4 of the assignment. */
import { CLASSES } from '../model/unet.ts';
import type { Model } from './samplers/model.ts';

/** c [n, 10], one-hot; all zeros where the class is not kept. */
export function oneHot(labels: readonly number[], keep: (image: number) => boolean = () => true): Float32Array {
  const c = new Float32Array(labels.length * CLASSES);
  labels.forEach((label, i) => {
    if (keep(i)) c[i * CLASSES + label] = 1;
  });
  return c;
}

/** A class-conditioned network: images n × 784, t [n], c [n, 10] → n × 784. */
export type ConditionedModel = (x: Float32Array, t: Float32Array, c: Float32Array) => Promise<Float32Array>;

/**
 * ε = ε_u + γ (ε_c − ε_u), ε_c with the classes `c` and ε_u without, as one model. Both are computed in one batch of 2n.
 */
export function guided(model: ConditionedModel, c: Float32Array, scale: number): Model {
  const images = c.length / CLASSES;
  const classes = new Float32Array(2 * c.length);
  classes.set(c);
  return async (x, t) => {
    const twice = new Float32Array(2 * x.length);
    twice.set(x);
    twice.set(x, x.length);
    const both = await model(twice, new Float32Array(2 * images).fill(t), classes);
    const conditioned = both.subarray(0, x.length);
    const unconditioned = both.subarray(x.length);
    return unconditioned.map((u, i) => u + scale * (conditioned[i]! - u));
  };
}
