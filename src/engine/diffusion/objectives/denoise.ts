import type { Example } from './example.ts';
import type { Objective } from './objective.ts';

/** Part 1, the one-step denoiser: from z = x + σε back to x. x and ε are n × 784. */
export function denoiseExample(x: Float32Array, epsilon: Float32Array, sigma: number): Example {
  return { input: x.map((v, i) => v + sigma * epsilon[i]!), target: x };
}

export const denoise: Objective =
  ({ sigma }) =>
  (x0, draws) =>
    denoiseExample(x0, draws.noise(), sigma);
