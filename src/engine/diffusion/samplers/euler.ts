import type { Model } from './model.ts';

/** Euler's method along a rectified flow, from noise at t = 1 to an image at t = 0: x ← x − v(x, t) / steps. */
export async function sampleEuler(model: Model, noise: Float32Array, steps: number): Promise<Float32Array> {
  let x = noise;
  for (let i = 0; i < steps; i++) {
    const velocity = await model(x, 1 - i / steps);
    x = x.map((value, j) => value - velocity[j]! / steps);
  }
  return x;
}
