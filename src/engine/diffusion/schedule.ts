/** How much noise a timestep holds. Index t runs from 0, the clean image, to T; all in double precision. */
export interface Schedule {
  readonly timesteps: number;
  /** β_t, with β_0 = 0 */
  readonly beta: Float64Array;
  /** α_t = 1 − β_t */
  readonly alpha: Float64Array;
  /** ᾱ_t = α_1 · … · α_t, with ᾱ_0 = 1 */
  readonly alphaBar: Float64Array;
}

const FIRST_BETA = 1e-4;
const LAST_BETA = 0.02;

/** β_1 … β_T linear from 10⁻⁴ to 0.02: Ho et al. 2020, section 4. T is at least 2. */
export function linearSchedule(timesteps: number): Schedule {
  checkTimesteps(timesteps);
  return scheduleOf(timesteps, (t) => FIRST_BETA + ((LAST_BETA - FIRST_BETA) * (t - 1)) / (timesteps - 1));
}

/** Keeps β_1 above 0, so that the first step can be learned. */
const OFFSET = 0.008;
/** Keeps x_T from losing all of x_0, where x̂_0 would have no bounds. */
const LARGEST_BETA = 0.999;

/**
 * ᾱ_t = f(t) / f(0), f(t) = cos²((t/T + s) / (1 + s) · π/2) with s = 0.008, and β_t = 1 − ᾱ_t / ᾱ_{t−1} of at most
 * 0.999: Nichol & Dhariwal 2021, eq. 17. T is at least 2.
 */
export function cosineSchedule(timesteps: number): Schedule {
  checkTimesteps(timesteps);
  const f = (t: number) => Math.cos(((t / timesteps + OFFSET) / (1 + OFFSET)) * (Math.PI / 2)) ** 2;
  return scheduleOf(timesteps, (t) => Math.min(LARGEST_BETA, 1 - f(t) / f(t - 1)));
}

const schedules = { linear: linearSchedule, cosine: cosineSchedule } as const;
export type ScheduleName = keyof typeof schedules;

/** A schedule by its name in a recipe. */
export const scheduleNamed = (name: ScheduleName, timesteps: number): Schedule => schedules[name](timesteps);

/** ᾱ / (1 − ᾱ), infinite at t = 0. */
export const signalToNoise = ({ alphaBar }: Schedule): Float64Array => alphaBar.map((a) => a / (1 - a));

function scheduleOf(timesteps: number, betaAt: (t: number) => number): Schedule {
  const beta = Float64Array.from({ length: timesteps + 1 }, (_, t) => (t === 0 ? 0 : betaAt(t)));
  const alpha = beta.map((b) => 1 - b);
  let product = 1;
  const alphaBar = alpha.map((a) => (product *= a));
  return { timesteps, beta, alpha, alphaBar };
}

function checkTimesteps(timesteps: number): void {
  if (!Number.isInteger(timesteps) || timesteps < 2)
    throw new RangeError(`a schedule of ${timesteps} timesteps; it takes at least 2`);
}
