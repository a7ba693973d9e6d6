import { scheduleNamed, type Schedule } from '../schedule.ts';
import { mix, type Example } from './example.ts';
import type { Objective } from './objective.ts';

/**
 * Algorithms B.1 and B.3 (Ho et al. 2020, algorithm 1): from x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε to ε.
 * x0 and ε are n × 784; t holds one timestep of 1 … T for each image.
 */
export function ddpmExample(x0: Float32Array, epsilon: Float32Array, t: readonly number[], schedule: Schedule): Example {
  const { alphaBar, timesteps } = schedule;
  const input = mix(x0, epsilon, t.length, (i) => {
    const signal = alphaBar[t[i]!]!;
    return [Math.sqrt(signal), Math.sqrt(1 - signal)];
  });
  return { input, target: epsilon, t: Float32Array.from(t, (step) => step / timesteps) };
}

/** t ~ Uniform{1 … T} for each image. */
export const ddpm: Objective = ({ timesteps, schedule }) => {
  const table = scheduleNamed(schedule, timesteps);
  return (x0, draws) => {
    const t = Array.from(draws.uniform(), (u) => 1 + Math.floor(u * timesteps));
    return ddpmExample(x0, draws.noise(), t, table);
  };
};
