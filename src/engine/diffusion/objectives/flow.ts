import { mix, type Example } from './example.ts';
import type { Objective } from './objective.ts';

/**
 * Rectified flow (Liu et al. 2023, eq. 1): from x_t = (1 − t) x_0 + t ε to the velocity ε − x_0.
 * x0 and ε are n × 784; t holds one number in [0, 1] for each image.
 */
export function flowExample(x0: Float32Array, epsilon: Float32Array, t: ArrayLike<number>): Example {
  return {
    input: mix(x0, epsilon, t.length, (i) => [1 - t[i]!, t[i]!]),
    target: epsilon.map((e, i) => e - x0[i]!),
    t: Float32Array.from(t),
  };
}

/**
 * t for each image: of U(0, 1), or logit-normal, 1 / (1 + e^−n) with n ~ N(0, 1), which takes more from the middle
 * (Esser et al. 2024, section 3.1, at m = 0 and s = 1).
 */
export const flow: Objective =
  ({ timeSampling }) =>
  (x0, draws) => {
    const t = timeSampling === 'uniform' ? draws.uniform() : Float64Array.from(draws.normal(), (n) => 1 / (1 + Math.exp(-n)));
    return flowExample(x0, draws.noise(), t);
  };
