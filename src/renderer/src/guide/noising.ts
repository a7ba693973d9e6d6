import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { CallOutput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { digitAt, PIXELS } from '../pixels.ts';

export type Noising = CallOutput<'dataset.noising'>;
export type NoisingState = { status: 'loading' } | { status: 'ready'; noising: Noising } | { status: 'failed'; error: ErrorInfo };

/** The image of digit `digit` at the `level`-th noise level: 784 values. */
export const noisedDigit = (noising: Noising, digit: number, level: number): Float32Array =>
  digitAt(noising.images, digit * noising.sigmas.length + level);

/** z = x + σε of the first digit for any σ: its levels share one ε, so two of them give it. */
export function noisedTo(noising: Noising, sigma: number): Float32Array {
  const last = noising.sigmas.length - 1;
  const clean = noisedDigit(noising, 0, 0);
  const noisiest = noisedDigit(noising, 0, last);
  const share = (sigma - noising.sigmas[0]!) / (noising.sigmas[last]! - noising.sigmas[0]!);
  return Float32Array.from({ length: PIXELS }, (_, i) => clean[i]! + share * (noisiest[i]! - clean[i]!));
}

/** Figure 3's images for a seed. The last ones stay on screen until the next ones are there. */
export function useNoising(seed: Ref<number | undefined>): {
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
        const noising = await studio.call('dataset.noising', { seed: value });
        if (!outdated.signal.aborted) state.value = { status: 'ready', noising };
      } catch (error) {
        if (!outdated.signal.aborted) state.value = { status: 'failed', error: toErrorInfo(error) };
      }
    },
    { immediate: true },
  );
  return { state, noising: computed(() => (state.value.status === 'ready' ? state.value.noising : undefined)) };
}
