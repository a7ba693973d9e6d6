import type { Schedule } from '../schedule.ts';
import { combine, type Frames, type Model, type Noise } from './sampler.ts';

/**
 * Denoising diffusion implicit models (Song, Meng & Ermon 2021, eq. 12 and 16), over `steps` of the T timesteps. From one
 * t to the next lower one, s:
 * x̂_0 = (x_t − √(1 − ᾱ_t) ε) / √ᾱ_t,
 * σ = η √((1 − ᾱ_s) / (1 − ᾱ_t)) √(1 − ᾱ_t / ᾱ_s),
 * x_s = √ᾱ_s x̂_0 + √(1 − ᾱ_s − σ²) ε + σ z.
 * `from` is the timestep of what it starts from, T unless told: then noise.start() is an x_t of that.
 * η = 0 adds no noise; η = 1 over all T timesteps is DDPM with the posterior's variance.
 */
export async function* sampleDdim(
  model: Model,
  noise: Noise,
  { timesteps, alphaBar }: Schedule,
  { steps, eta, from = timesteps }: { steps: number; eta: number; from?: number },
): Frames {
  const path = ddimTimesteps(from, steps);
  let x = noise.start();
  for (const [step, t] of path.entries()) {
    const next = path[step + 1] ?? 0;
    const epsilon = await model(x, t / timesteps);
    const signal = Math.sqrt(alphaBar[t]!);
    const x0 = combine([1 / signal, x], [-Math.sqrt(1 - alphaBar[t]!) / signal, epsilon]);
    yield { step, t: t / timesteps, x, x0 };
    const variance = (eta ** 2 * (1 - alphaBar[next]!) * (1 - alphaBar[t]! / alphaBar[next]!)) / (1 - alphaBar[t]!);
    // η = 1 leaves nothing of ε at the smallest t, where rounding must not make it less than nothing
    const ofEpsilon = Math.sqrt(Math.max(0, 1 - alphaBar[next]! - variance));
    const image = [Math.sqrt(alphaBar[next]!), x0] as const;
    const direction = [ofEpsilon, epsilon] as const;
    x = variance === 0 ? combine(image, direction) : combine(image, direction, [Math.sqrt(variance), noise.at(t)]);
  }
  yield { step: steps, t: 0, x, x0: x };
}

/** `steps` timesteps from T, or the one that it starts from, downwards, as evenly spaced as whole numbers can be. Throws where there are too few or too many. */
export function ddimTimesteps(timesteps: number, steps: number): number[] {
  if (!Number.isInteger(steps) || steps < 1 || steps > timesteps)
    throw new RangeError(`${steps} steps of DDIM; it takes 1 to the schedule's ${timesteps}`);
  return Array.from({ length: steps }, (_, i) => Math.round((timesteps * (steps - i)) / steps));
}
