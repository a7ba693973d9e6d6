import { defineStore } from 'pinia';
import { computed, ref, shallowReactive, type Ref } from 'vue';
import { partOf, parts, presetOf, presetRecipe, type Part, type Preset } from '#contract/preset.ts';
import { fieldProblem, parseRecipe, type Recipe, type RecipeField } from '#contract/recipe.ts';

interface Draft {
  preset: Ref<Preset['id']>;
  /** what was typed, valid or not, where it is not the preset's value */
  changes: Map<RecipeField, unknown>;
}
const freshDraft = (): Draft => ({ preset: ref<Preset['id']>('assigned'), changes: shallowReactive(new Map()) });

/**
 * The recipe that is being written for the next run: each part of the assignment has one of its own. They stay while
 * the person looks at other pages.
 */
export const useDraft = defineStore('draft', () => {
  const drafts = new Map(parts.map((part) => [part, freshDraft()]));
  /** the part whose recipe it is now */
  const part = ref<Part>('denoiser');
  const current = computed(() => drafts.get(part.value)!);
  const preset = computed(() => current.value.preset.value);
  const changes = computed<ReadonlyMap<RecipeField, unknown>>(() => current.value.changes);
  const start = computed(() => presetRecipe(part.value, preset.value));

  const valueOf = (field: RecipeField): unknown => (changes.value.has(field) ? changes.value.get(field) : start.value[field]);
  const isChanged = (field: RecipeField): boolean => changes.value.has(field);
  const problemOf = (field: RecipeField): string | undefined =>
    changes.value.has(field) ? fieldProblem(field, changes.value.get(field)) : undefined;
  function set(field: RecipeField, value: unknown): void {
    if (value === start.value[field]) current.value.changes.delete(field);
    else current.value.changes.set(field, value);
  }
  const reset = (field: RecipeField): void => void current.value.changes.delete(field);
  function choose(id: Preset['id']): void {
    current.value.preset.value = id;
    current.value.changes.clear();
  }
  /** Turns to the recipe of another part. */
  const turnTo = (id: Part): void => void (part.value = id);
  /** Starts from another run's recipe, in the part that it belongs to. */
  function load(recipe: Recipe): void {
    turnTo(partOf(recipe) ?? part.value);
    choose(presetOf(part.value, recipe)?.id ?? 'assigned');
    for (const field of Object.keys(recipe) as RecipeField[]) set(field, recipe[field]);
  }
  /** The recipe, once all fields are valid. */
  const recipe = computed((): Recipe | undefined => {
    for (const field of changes.value.keys()) if (problemOf(field) !== undefined) return undefined;
    return parseRecipe({ ...start.value, ...Object.fromEntries(changes.value) });
  });
  return { part, preset, changes, recipe, valueOf, isChanged, problemOf, set, reset, choose, turnTo, load };
});
