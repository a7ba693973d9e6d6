import { computed, onScopeDispose, watch, type ComputedRef } from 'vue';
import type { MetricColumns } from '#contract/metrics.ts';
import { useMetrics } from './metrics.ts';
import { useNotices } from './notices.ts';

/** The loss curve of a run, followed while it is looked at; undefined while it is on its way. */
export function useCurve(id: () => string | undefined): ComputedRef<MetricColumns | undefined> {
  const metrics = useMetrics();
  const notices = useNotices();
  let close: (() => void) | undefined;
  watch(
    id,
    (followed) => {
      close?.();
      close = undefined;
      if (followed === undefined) return;
      const following = metrics.follow(followed);
      close = following.close;
      void notices.attempt(following.ready);
    },
    { immediate: true },
  );
  onScopeDispose(() => close?.());
  return computed(() => {
    const followed = id();
    return followed === undefined ? undefined : metrics.curves.get(followed);
  });
}
