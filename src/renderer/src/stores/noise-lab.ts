import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Recipe } from '#contract/recipe.ts';

/** How many digits are shown at once. */
const MOST_DIGITS = 4;

/** What the noise lab is set to. It stays while the person looks at other pages. */
export const useNoiseLab = defineStore('noise-lab', () => {
  const sigma = ref(0.5);
  const timesteps = ref(300);
  const at = ref(100);
  /** stays within the schedule when that gets shorter */
  const t = computed({ get: () => Math.min(at.value, timesteps.value), set: (value) => (at.value = value) });
  const schedule = ref<Recipe['schedule']>('linear');
  const seed = ref(180);
  /** indices into the test digits that are offered, in the order in which they were chosen */
  const digits = ref<readonly number[]>([14, 4, 0, 16]);

  /** Takes a choice of digits: at least one, and of too many the ones that were chosen last. */
  function choose(chosen: readonly number[]): void {
    if (chosen.length > 0) digits.value = chosen.slice(-MOST_DIGITS);
  }
  return { sigma, timesteps, t, schedule, seed, digits, choose };
});
