import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { CallOutput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { digitAt, PIXELS, type GreyRange } from '../pixels.ts';

export type Noising = CallOutput<'dataset.noising'>;
export type NoisingState = { status: 'loading' } | { status: 'ready'; noising: Noising } | { status: 'failed'; error: ErrorInfo };

/** An image with the greys that it is shown in, and what it shows. */
export interface Picture {
  values: Float32Array;
  range: GreyRange;
  label: string;
}

/** The image of digit `digit` at the `level`-th noise level: 784 values. */
export const noisedDigit = (noising: Noising, digit: number, level: number): Float32Array =>
  digitAt(noising.images, digit * noising.sigmas.length + level);

/** a · x + s · ε of a digit x and its noise ε: the studio sends x + σε at several σ under one ε, so two of them give it. */
export function mixed(noising: Noising, digit: number, a: number, s: number): Float32Array {
  const last = noising.sigmas.length - 1;
  const clean = noisedDigit(noising, digit, 0);
  const noisiest = noisedDigit(noising, digit, last);
  const share = s / noising.sigmas[last]!;
  const out = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) out[i] = a * clean[i]! + share * (noisiest[i]! - clean[i]!);
  return out;
}

/** The greys of a · x + s · ε: 1.5 standard deviations beyond the digit's own, whatever the image. */
export const rangeOf = (a: number, s: number): GreyRange => [Math.min(a, 0) - 1.5 * s, Math.max(a, 0) + 1.5 * s];

/** Test digits under the noise of a seed: the first ones, or the first `ofEach` of every class. The last ones stay on screen until the next ones are there. */
export function useNoising(
  seed: Ref<number | undefined>,
  ofEach?: number,
): {
  state: Readonly<ShallowRef<NoisingState>>;
  noising: ComputedRef<Noising | undefined>;
} {
  const studio = useStudio();
  const state = shallowRef<NoisingState>({ status: 'loading' });
  watch(
    seed,
    async (value, _, onCleanup) => {
      if (value === undefined) return;
      const outdated = new AbortController();
      onCleanup(() => outdated.abort());
      try {
        const noising = await studio.call('dataset.noising', ofEach === undefined ? { seed: value } : { seed: value, ofEach });
        if (!outdated.signal.aborted) state.value = { status: 'ready', noising };
      } catch (error) {
        if (!outdated.signal.aborted) state.value = { status: 'failed', error: toErrorInfo(error) };
      }
    },
    { immediate: true },
  );
  return { state, noising: computed(() => (state.value.status === 'ready' ? state.value.noising : undefined)) };
}
