import type { Schedule } from '../schedule.ts';
import { combine, type Frames, type Model, type Noise } from './sampler.ts';

/** β_t, as assigned, or that of the posterior q(x_{t−1} | x_t, x_0), (1 − ᾱ_{t−1}) / (1 − ᾱ_t) β_t: Ho et al. 2020, section 3.2. */
export type Variance = 'beta' | 'posterior';

/**
 * Ancestral sampling, algorithms B.2 and B.4 (Ho et al. 2020, algorithm 2). For t = T … 1:
 * x̂_0 = (x_t − √(1 − ᾱ_t) ε) / √ᾱ_t,
 * x_{t−1} = √ᾱ_{t−1} β_t / (1 − ᾱ_t) x̂_0 + √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) x_t + √variance z, with z = 0 at t = 1.
 */
export async function* sampleDdpm(
  model: Model,
  noise: Noise,
  { timesteps, beta, alpha, alphaBar }: Schedule,
  variance: Variance = 'beta',
): Frames {
  let x = noise.start();
  for (let t = timesteps; t >= 1; t--) {
    const epsilon = await model(x, t / timesteps);
    const signal = Math.sqrt(alphaBar[t]!);
    const x0 = combine([1 / signal, x], [-Math.sqrt(1 - alphaBar[t]!) / signal, epsilon]);
    yield { step: timesteps - t, t: t / timesteps, x, x0 };
    const ofX0 = (Math.sqrt(alphaBar[t - 1]!) * beta[t]!) / (1 - alphaBar[t]!);
    const ofXt = (Math.sqrt(alpha[t]!) * (1 - alphaBar[t - 1]!)) / (1 - alphaBar[t]!);
    const ofPosterior = (1 - alphaBar[t - 1]!) / (1 - alphaBar[t]!);
    const ofZ = Math.sqrt(beta[t]! * (variance === 'beta' ? 1 : ofPosterior));
    x = t === 1 ? combine([ofX0, x0], [ofXt, x]) : combine([ofX0, x0], [ofXt, x], [ofZ, noise.at(t)]);
  }
  yield { step: timesteps, t: 0, x, x0: x };
}
