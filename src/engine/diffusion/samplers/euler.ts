import { combine, type Frames, type Model, type Noise } from './sampler.ts';

/** Euler's method along a rectified flow, from t = 1 to 0: x ← x − v(x, t) / steps, with x̂_0 = x − t v. */
export async function* sampleEuler(model: Model, noise: Pick<Noise, 'start'>, steps: number): Frames {
  let x = noise.start();
  for (let step = 0; step < steps; step++) {
    const t = 1 - step / steps;
    const velocity = await model(x, t);
    yield { step, t, x, x0: combine([1, x], [-t, velocity]) };
    x = combine([1, x], [-1 / steps, velocity]);
  }
  yield { step: steps, t: 0, x, x0: x };
}
