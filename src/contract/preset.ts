import { defaultRecipe, recipeFields, type Recipe, type RecipeField } from './recipe.ts';

/** A named starting point for a recipe. */
export interface Preset {
  id: 'assigned' | 'quick';
  label: string;
  help: string;
}
export const presets: readonly Preset[] = [
  { id: 'assigned', label: 'As assigned', help: 'The exact settings of the assignment.' },
  { id: 'quick', label: 'Quick look', help: 'Minutes on two processor cores. Results count as a preview.' },
];

/** What a person trains: the parts of the assignment that have a training run. */
export const parts = ['denoiser'] as const;
export type Part = (typeof parts)[number];

const recipes: Record<Part, Record<Preset['id'], Partial<Recipe>>> = {
  denoiser: {
    assigned: {},
    // chosen by measuring: the smallest run whose digits are visibly clean (docs/performance.md)
    quick: { width: 16, batchSize: 64, epochs: 5, learningRate: 1e-3, subset: 20_000, device: 'auto' },
  },
};

/** The full recipe of a part under a preset. */
export const presetRecipe = (part: Part, preset: Preset['id']): Recipe => ({ ...defaultRecipe, ...recipes[part][preset] });

/** Fields that may differ from the assignment without changing what was asked for. */
const FREE: readonly RecipeField[] = ['seed', 'device', 'precision', 'save'];

const differences = (recipe: Recipe, preset: Recipe): RecipeField[] =>
  (Object.keys(recipeFields) as RecipeField[]).filter((f) => !FREE.includes(f) && recipe[f] !== preset[f]);

/** The fields in which a recipe differs from the assigned one; none means that its results count as deliverables. */
export const differencesFromAssigned = (part: Part, recipe: Recipe): RecipeField[] =>
  differences(recipe, presetRecipe(part, 'assigned'));

/** The preset that a recipe follows, or undefined when it is the user's own. */
export const presetOf = (part: Part, recipe: Recipe): Preset | undefined =>
  presets.find((preset) => differences(recipe, presetRecipe(part, preset.id)).length === 0);

/** The part that a recipe belongs to, or undefined when it is not one of the assignment's. */
export const partOf = (recipe: Recipe): Part | undefined => (recipe.objective === 'denoise' ? 'denoiser' : undefined);
