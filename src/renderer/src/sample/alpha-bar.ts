import { shallowRef, watchEffect, type ShallowRef } from 'vue';
import type { Recipe } from '#contract/recipe.ts';
import { useStudio } from '../client.ts';
import { useNotices } from '../stores/notices.ts';

/** ᾱ_0 … ᾱ_T of a recipe's schedule, once it is there; undefined where the objective has none. */
export function alphaBarOf(recipe: () => Recipe | undefined): ShallowRef<Float64Array | undefined> {
  const studio = useStudio();
  const notices = useNotices();
  const alphaBar = shallowRef<Float64Array>();
  watchEffect((onCleanup) => {
    const { objective, schedule, timesteps } = recipe() ?? {};
    if (objective !== 'ddpm' || schedule === undefined || timesteps === undefined) {
      alphaBar.value = undefined;
      return;
    }
    let outdated = false;
    onCleanup(() => (outdated = true));
    void notices.attempt(studio.call('schedule.table', { schedule, timesteps })).then((table) => {
      if (!outdated && table !== undefined) alphaBar.value = table.alphaBar;
    });
  });
  return alphaBar;
}
