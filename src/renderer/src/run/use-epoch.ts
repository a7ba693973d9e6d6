import { computed, ref, watch, type ComputedRef, type WritableComputedRef } from 'vue';
import type { Run } from '#contract/run.ts';
import { picturedEpochs } from './pictures.ts';

/** The one slider over a run's epochs: it goes along with the run until it is put elsewhere than at its end. */
export function useEpoch(run: () => Run | undefined): {
  /** where it stands, from 1 */
  slid: WritableComputedRef<number>;
  /** where it ends; 0 before the first pictures */
  last: ComputedRef<number>;
  /** whose pictures are shown: an epoch without any shows those before it */
  epoch: ComputedRef<number | undefined>;
} {
  const chosen = ref<number>();
  watch(
    () => run()?.id,
    () => (chosen.value = undefined),
  );
  const epochs = computed(() => {
    const value = run();
    return value === undefined ? [] : picturedEpochs(value);
  });
  const last = computed(() => epochs.value.at(-1) ?? 0);
  const slid = computed({
    get: () => Math.min(chosen.value ?? last.value, Math.max(1, last.value)),
    set: (epoch: number) => (chosen.value = epoch === last.value ? undefined : epoch),
  });
  const epoch = computed(() => epochs.value.findLast((kept) => kept <= slid.value) ?? epochs.value[0]);
  return { slid, last, epoch };
}
