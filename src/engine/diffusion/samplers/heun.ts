import { combine, type Frames, type Model, type Noise } from './sampler.ts';

/**
 * Heun's method along a rectified flow, from t = 1 to 0: a step of Euler's, then the same step again with the mean of the
 * velocities at its two ends. The last step is Euler's alone, as in Karras et al. 2022, algorithm 1, so the network isn't
 * asked at t = 0: 2 · steps − 1 answers of the network, and an error of second order.
 */
export async function* sampleHeun(model: Model, noise: Pick<Noise, 'start'>, steps: number): Frames {
  let x = noise.start();
  for (let step = 0; step < steps; step++) {
    const t = 1 - step / steps;
    const velocity = await model(x, t);
    yield { step, t, x, x0: combine([1, x], [-t, velocity]) };
    const euler = combine([1, x], [-1 / steps, velocity]);
    if (step === steps - 1) x = euler;
    else {
      const there = await model(euler, 1 - (step + 1) / steps);
      x = combine([1, x], [-0.5 / steps, velocity], [-0.5 / steps, there]);
    }
  }
  yield { step: steps, t: 0, x, x0: x };
}
