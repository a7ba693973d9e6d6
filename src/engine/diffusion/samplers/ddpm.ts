import type { Schedule } from '../schedule.ts';
import type { Model } from './model.ts';

/**
 * Ancestral sampling, algorithms B.2 and B.4 (Ho et al. 2020, algorithm 2), from x_T to x_0. For t = T … 1:
 * x̂_0 = (x_t − √(1 − ᾱ_t) ε) / √ᾱ_t,
 * x_{t−1} = √ᾱ_{t−1} β_t / (1 − ᾱ_t) x̂_0 + √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) x_t + √β_t z.
 * `noise` gives z ~ N(0, I) of a timestep, of the size of x; it isn't asked at t = 1, where z = 0.
 * `onStep` is told each x_{t−1} with its t − 1.
 */
export async function sampleDdpm(
  model: Model,
  xT: Float32Array,
  { timesteps, beta, alpha, alphaBar }: Schedule,
  noise: (t: number) => Float32Array,
  onStep: (x: Float32Array, t: number) => void = () => undefined,
): Promise<Float32Array> {
  let x = xT;
  for (let t = timesteps; t >= 1; t--) {
    const epsilon = await model(x, t / timesteps);
    const signal = Math.sqrt(alphaBar[t]!);
    const deviation = Math.sqrt(1 - alphaBar[t]!);
    const ofX0 = (Math.sqrt(alphaBar[t - 1]!) * beta[t]!) / (1 - alphaBar[t]!);
    const ofXt = (Math.sqrt(alpha[t]!) * (1 - alphaBar[t - 1]!)) / (1 - alphaBar[t]!);
    const ofZ = Math.sqrt(beta[t]!);
    const z = t > 1 ? noise(t) : undefined;
    x = x.map((xt, i) => {
      const x0 = (xt - deviation * epsilon[i]!) / signal;
      return ofX0 * x0 + ofXt * xt + (z === undefined ? 0 : ofZ * z[i]!);
    });
    onStep(x, t - 1);
  }
  return x;
}
