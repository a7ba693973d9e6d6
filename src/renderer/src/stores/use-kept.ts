import { computed, shallowRef, watchEffect, type ComputedRef, type ShallowRef } from 'vue';
import type { ErrorInfo } from '#contract/error.ts';
import type { EpochState } from './by-epoch.ts';

interface Kept<T> {
  stateOf: (id: string, epoch: number) => EpochState<T> | undefined;
  want: (id: string, epoch: number) => void;
}

/**
 * What a run keeps of an epoch, fetched. What was shown before stays until it is there, so that nothing flickers while
 * epochs go by; `near`, the epochs one may look at next, are fetched behind it.
 */
export function useKept<T>(
  store: Kept<T>,
  id: () => string,
  epoch: () => number | undefined,
  near: () => readonly (number | undefined)[] = () => [],
): { shown: Readonly<ShallowRef<{ epoch: number; value: T } | undefined>>; failure: ComputedRef<ErrorInfo | undefined> } {
  const shown = shallowRef<{ epoch: number; value: T }>();
  const state = computed(() => {
    const at = epoch();
    return at === undefined ? undefined : store.stateOf(id(), at);
  });
  watchEffect(() => {
    const at = epoch();
    if (at === undefined) {
      shown.value = undefined;
      return;
    }
    store.want(id(), at);
    if (state.value?.status !== 'ready') return;
    shown.value = { epoch: at, value: state.value.value };
    for (const next of near()) if (next !== undefined) store.want(id(), next);
  });
  const failure = computed(() => (state.value?.status === 'failed' ? state.value.error : undefined));
  return { shown, failure };
}
