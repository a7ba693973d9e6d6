import { useDebounceFn, useEventListener } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowReactive, watch, type Ref } from 'vue';
import { partOf, parts, presetOf, presetRecipe, type Part, type Preset } from '#contract/preset.ts';
import { allowedRange, fieldProblem, parseRecipe, recipeFields, type Recipe, type RecipeField } from '#contract/recipe.ts';
import type { StoredDraft } from '#contract/settings.ts';
import { useSettings } from './settings.ts';

/** After the last key that was typed. */
const SAVE_MS = 400;

interface Draft {
  preset: Ref<Preset['id']>;
  /** what was typed, valid or not, where it is not the preset's value */
  changes: Map<RecipeField, unknown>;
}
const freshDraft = (): Draft => ({ preset: ref<Preset['id']>('assigned'), changes: shallowReactive(new Map()) });

/**
 * The recipe that is being written for the next run: each part of the assignment has one of its own. They are kept with
 * the settings, so that they stay while the person looks at other pages, and over a restart.
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
  /** What a field takes, where its value is none of that. It stands under the field, so it names neither. */
  function problemOf(field: RecipeField): string | undefined {
    if (!changes.value.has(field) || fieldProblem(field, changes.value.get(field)) === undefined) return undefined;
    const range = allowedRange(field);
    return `${range[0]!.toUpperCase()}${range.slice(1)}`;
  }
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

  /* kept with the settings */
  const settings = useSettings();
  /** what is kept of a part: nothing, where it is as assigned */
  function storedOf({ preset: { value: preset }, changes }: Draft): StoredDraft | undefined {
    if (preset === 'assigned' && changes.size === 0) return undefined;
    return { preset, changes: Object.fromEntries(changes) as StoredDraft['changes'] };
  }
  const touched = (): Map<Part, StoredDraft | undefined> => new Map([...drafts].map(([id, draft]) => [id, storedOf(draft)]));
  function take(draft: Draft, kept: StoredDraft | undefined): void {
    draft.preset.value = kept?.preset ?? 'assigned';
    draft.changes.clear();
    for (const [field, value] of Object.entries(kept?.changes ?? {}))
      if (Object.hasOwn(recipeFields, field)) draft.changes.set(field as RecipeField, value);
  }
  function restore(stored: Readonly<Record<string, StoredDraft>>): void {
    for (const [id, draft] of drafts) {
      const kept = stored[id];
      // what is being written already counts for more
      if (kept !== undefined && storedOf(draft) === undefined) take(draft, kept);
    }
  }
  /** of each part, what is known to be kept */
  const saved = new Map<Part, string | undefined>();
  /** how many of this window's own changes are on their way: what comes meanwhile may be older */
  let writing = 0;
  /** Takes over what another window has written, but for a part that has been changed here since: that is written soon. */
  function follow(stored: Readonly<Record<string, StoredDraft>>): void {
    if (writing > 0) return;
    for (const [id, draft] of drafts) {
      const known = saved.get(id);
      if (JSON.stringify(stored[id]) === known || JSON.stringify(storedOf(draft)) !== known) continue;
      take(draft, stored[id]);
      saved.set(id, JSON.stringify(storedOf(draft)));
    }
  }
  /** Writes the parts that were changed here; the others are as another window may have written them. */
  function save(): void {
    if (!settings.loaded) return;
    const changed = [...touched()].filter(([id, stored]) => JSON.stringify(stored) !== saved.get(id));
    if (changed.length === 0) return;
    const all = new Map(Object.entries(settings.settings.drafts));
    const before = new Map(saved);
    for (const [id, stored] of changed) {
      saved.set(id, JSON.stringify(stored));
      if (stored === undefined) all.delete(id);
      else all.set(id, stored);
    }
    writing++;
    void settings
      .set({ drafts: Object.fromEntries(all) })
      // not worth a notice: what is typed is still there, and is written with the next change
      .catch(() => {
        for (const [id] of changed) saved.set(id, before.get(id));
      })
      .finally(() => writing--);
  }
  const saveSoon = useDebounceFn(save, SAVE_MS);
  watch(
    () => settings.loaded,
    (loaded) => {
      if (!loaded) return;
      for (const [id, stored] of Object.entries(settings.settings.drafts)) saved.set(id as Part, JSON.stringify(stored));
      restore(settings.settings.drafts);
    },
    { immediate: true },
  );
  watch(
    () => settings.settings.drafts,
    (stored) => {
      if (settings.loaded) follow(stored);
    },
  );
  watch(
    () => JSON.stringify([...touched()]),
    () => void saveSoon(),
  );
  useEventListener(window, 'pagehide', save);

  return { part, preset, changes, recipe, valueOf, isChanged, problemOf, set, reset, choose, turnTo, load };
});
