import type { ScheduleName } from '../schedule.ts';
import type { Example } from './example.ts';

/** What an objective may be set by: fields of a recipe. */
export interface ObjectiveSettings {
  /** standard deviation of the denoiser's noise */
  sigma: number;
  /** T of the noise schedule */
  timesteps: number;
  schedule: ScheduleName;
  /** how flow draws t */
  timeSampling: 'uniform' | 'logit-normal';
}

/** The random numbers of a batch of n images, each kind from a place of its own: asked for again, they are the same. */
export interface Draws {
  /** ε ~ N(0, I), n × 784 */
  noise(): Float32Array;
  /** a number of [0, 1) for each image */
  uniform(): Float64Array;
  /** a number of N(0, 1) for each image; of the same place as `uniform`, so an objective takes one of the two */
  normal(): Float32Array;
}

/** The forward process: from clean images x_0, n × 784 in [0, 1], to what the network learns from them. */
type Forward = (x0: Float32Array, draws: Draws) => Example;

/** An objective: its forward process under a recipe's settings. */
export type Objective = (settings: ObjectiveSettings) => Forward;
