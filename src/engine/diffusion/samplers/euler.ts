import { combine, type Frames, type Model, type Noise } from './sampler.ts';

/** Euler's method along a rectified flow, from t = 1, or an x_t of another t, to 0: x ← x − from / steps · v(x, t), with x̂_0 = x − t v. */
export async function* sampleEuler(model: Model, noise: Pick<Noise, 'start'>, steps: number, from = 1): Frames {
  let x = noise.start();
  for (let step = 0; step < steps; step++) {
    const t = from * (1 - step / steps);
    const velocity = await model(x, t);
    yield { step, t, x, x0: combine([1, x], [-t, velocity]) };
    x = combine([1, x], [-from / steps, velocity]);
  }
  yield { step: steps, t: 0, x, x0: x };
}
