import { mix, type Example } from './example.ts';

/**
 * Rectified flow (Liu et al. 2023, eq. 1): from x_t = (1 − t) x_0 + t ε to the velocity ε − x_0.
 * x0 and ε are n × 784; t holds one number in [0, 1] for each image.
 */
export function flow(x0: Float32Array, epsilon: Float32Array, t: readonly number[]): Example {
  return {
    input: mix(x0, epsilon, t.length, (i) => [1 - t[i]!, t[i]!]),
    target: epsilon.map((e, i) => e - x0[i]!),
    t: Float32Array.from(t),
  };
}
