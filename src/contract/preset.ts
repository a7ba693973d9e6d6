import { defaultRecipe, fieldApplies, recipeFields, type Recipe, type RecipeField } from './recipe.ts';

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
export const parts = ['denoiser', 'time', 'class', 'flow'] as const;
export type Part = (typeof parts)[number];

/** Part 2's settings as assigned; the learning rate falls to a tenth over the run. */
const ddpm: Partial<Recipe> = {
  objective: 'ddpm',
  width: 64,
  batchSize: 128,
  epochs: 20,
  learningRate: 1e-3,
  learningRateDecay: 0.1,
};
/** As in the later editions of the course, which use flow matching in place of DDPM. */
const flow: Partial<Recipe> = {
  objective: 'flow',
  conditioning: 'time',
  width: 64,
  batchSize: 64,
  epochs: 10,
  learningRate: 1e-2,
  learningRateDecay: 0.1,
};
/**
 * What a Quick look of part 2 changes; five epochs, so that the samples after the fifth are there. With all the digits nearly
 * every sample of the class model is read as asked, with a third of them nine of ten (docs/scoring.md).
 */
const look: Partial<Recipe> = { width: 32, batchSize: 64, epochs: 5, learningRate: 2e-3, precision: 'auto' };

const recipes: Record<Part, Record<Preset['id'], Partial<Recipe>>> = {
  denoiser: {
    assigned: {},
    // chosen by measuring: the smallest run whose digits are visibly clean (docs/performance.md)
    quick: { width: 16, batchSize: 64, epochs: 5, learningRate: 1e-3, subset: 20_000, precision: 'auto' },
  },
  time: { assigned: { ...ddpm, conditioning: 'time' }, quick: { ...ddpm, conditioning: 'time', ...look } },
  class: { assigned: { ...ddpm, conditioning: 'class' }, quick: { ...ddpm, conditioning: 'class', ...look } },
  flow: { assigned: flow, quick: { ...flow, ...look } },
};

/** The full recipe of a part under a preset. */
export const presetRecipe = (part: Part, preset: Preset['id']): Recipe => ({ ...defaultRecipe, ...recipes[part][preset] });

/** Fields that may differ from the assignment without changing what was asked for. */
const FREE: readonly RecipeField[] = ['seed', 'device', 'precision', 'save'];
/** The flow-matching edition trains a network with the time alone and one with the class, at the same settings. */
const isFree = (part: Part, field: RecipeField): boolean =>
  FREE.includes(field) || (part === 'flow' && (field === 'conditioning' || field === 'dropClass'));

const differences = (part: Part, recipe: Recipe, preset: Recipe): RecipeField[] =>
  (Object.keys(recipeFields) as RecipeField[]).filter(
    (f) => !isFree(part, f) && fieldApplies(f, recipe) && recipe[f] !== preset[f],
  );

/** The fields in which a recipe differs from the assigned one; none means that its results count as deliverables. */
export const differencesFromAssigned = (part: Part, recipe: Recipe): RecipeField[] =>
  differences(part, recipe, presetRecipe(part, 'assigned'));

/** The preset that a recipe follows, or undefined when it is the user's own. */
export const presetOf = (part: Part, recipe: Recipe): Preset | undefined =>
  presets.find((preset) => differences(part, recipe, presetRecipe(part, preset.id)).length === 0);

/** The part that a recipe belongs to. */
export function partOf({ objective, conditioning }: Pick<Recipe, 'objective' | 'conditioning'>): Part | undefined {
  switch (objective) {
    case 'denoise':
      return 'denoiser';
    case 'flow':
      return 'flow';
    case 'ddpm':
      return conditioning === 'none' ? undefined : conditioning;
  }
}
