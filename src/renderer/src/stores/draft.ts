import { defineStore } from 'pinia';
import { computed, ref, shallowReactive } from 'vue';
import { presetOf, presetRecipe, type Part, type Preset } from '#contract/preset.ts';
import { fieldProblem, parseRecipe, type Recipe, type RecipeField } from '#contract/recipe.ts';

/** The recipe that is being written for a part's next run. It stays while the person looks at other pages. */
export const useDraft = defineStore('draft', () => {
  const part: Part = 'denoiser';
  const preset = ref<Preset['id']>('assigned');
  const start = computed(() => presetRecipe(part, preset.value));
  /** what was typed, valid or not, where it is not the preset's value */
  const changes = shallowReactive(new Map<RecipeField, unknown>());

  const valueOf = (field: RecipeField): unknown => (changes.has(field) ? changes.get(field) : start.value[field]);
  const isChanged = (field: RecipeField): boolean => changes.has(field);
  const problemOf = (field: RecipeField): string | undefined =>
    changes.has(field) ? fieldProblem(field, changes.get(field)) : undefined;
  function set(field: RecipeField, value: unknown): void {
    if (value === start.value[field]) changes.delete(field);
    else changes.set(field, value);
  }
  const reset = (field: RecipeField): void => void changes.delete(field);
  function choose(id: Preset['id']): void {
    preset.value = id;
    changes.clear();
  }
  /** Starts from another run's recipe. */
  function load(recipe: Recipe): void {
    choose(presetOf(part, recipe)?.id ?? 'assigned');
    for (const field of Object.keys(recipe) as RecipeField[]) set(field, recipe[field]);
  }
  /** The recipe, once all fields are valid. */
  const recipe = computed((): Recipe | undefined => {
    for (const field of changes.keys()) if (problemOf(field) !== undefined) return undefined;
    return parseRecipe({ ...start.value, ...Object.fromEntries(changes) });
  });
  return { part, preset, changes, recipe, valueOf, isChanged, problemOf, set, reset, choose, load };
});
