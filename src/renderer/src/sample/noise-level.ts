import type { GreyRange } from '../pixels.ts';

/** How much of the image and how much of the noise is in x_t: x_t = signal · x + noise · ε. */
export interface Mix {
  signal: number;
  noise: number;
}

/** At t of 0 to 1, by the schedule's ᾱ_0 … ᾱ_T; without one, rectified flow's straight line. */
export function mixAt(t: number, alphaBar: Float64Array | undefined): Mix {
  if (alphaBar === undefined) return { signal: 1 - t, noise: t };
  const bar = alphaBar[Math.round(t * (alphaBar.length - 1))]!;
  return { signal: Math.sqrt(bar), noise: Math.sqrt(1 - bar) };
}

/** What is shown as black and as white in an image of such a mix: it follows t, never the image, so that frames compare. */
export const rangeOf = ({ signal, noise }: Mix): GreyRange => [-1.5 * noise, signal + 1.5 * noise];

/** The ratio of signal to noise in decibels; infinite without noise. */
export const decibels = ({ signal, noise }: Mix): number => 20 * Math.log10(signal / noise);
