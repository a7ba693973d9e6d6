import { computed } from 'vue';
import type { Run } from '#contract/run.ts';
import { usePlayground } from '../stores/playground.ts';

/**
 * The network that is asked, and how, as far as the choices apply to a run. A run that trains is another object at every step;
 * what is asked is another one only when something of it changes, or each step would ask again, and end what is under way.
 */
export function useNetwork(run: () => Run, epoch: () => number) {
  const play = usePlayground();
  const id = computed(() => run().id);
  const weights = computed(() => (run().recipe.ema > 0 ? play.weights : 'raw'));
  const digit = computed(() => (run().recipe.conditioning === 'class' ? play.digit : null));
  return computed(() => ({
    run: id.value,
    epoch: epoch(),
    weights: weights.value,
    digit: digit.value,
    guidance: play.guidance,
  }));
}
