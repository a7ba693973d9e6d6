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
  if (!Number.isInteger(timesteps) || timesteps < 2)
    throw new RangeError(`a schedule of ${timesteps} timesteps; it takes at least 2`);
  const beta = Float64Array.from({ length: timesteps + 1 }, (_, t) =>
    t === 0 ? 0 : FIRST_BETA + ((LAST_BETA - FIRST_BETA) * (t - 1)) / (timesteps - 1),
  );
  const alpha = beta.map((b) => 1 - b);
  let product = 1;
  const alphaBar = alpha.map((a) => (product *= a));
  return { timesteps, beta, alpha, alphaBar };
}
