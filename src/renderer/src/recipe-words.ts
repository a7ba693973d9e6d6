import { differencesFromAssigned, partOf, presetOf } from '#contract/preset.ts';
import { recipeFields, type Recipe, type RecipeField } from '#contract/recipe.ts';
import { count } from './format.ts';

/** A recipe's value as it is read in a sentence: `D = 16`, `20,000 digits`. */
function valueInWords(field: RecipeField, recipe: Recipe): string {
  switch (field) {
    case 'width':
      return `D = ${recipe.width}`;
    case 'sigma':
      return `σ = ${recipe.sigma}`;
    case 'epochs':
      return recipe.epochs === 1 ? '1 epoch' : `${recipe.epochs} epochs`;
    case 'batchSize':
      return `batch ${recipe.batchSize}`;
    case 'learningRate':
      return `rate ${recipe.learningRate}`;
    case 'learningRateDecay':
      return `decay ${recipe.learningRateDecay}`;
    case 'subset':
      return `${count(recipe.subset)} digits`;
    default:
      return `${recipeFields[field].label} ${recipe[field]}`;
  }
}

/** Which part of the assignment a recipe trains: `Part 1.2`. */
export function partInWords(recipe: Recipe): string {
  switch (partOf(recipe)) {
    case 'denoiser':
      return 'Part 1.2';
    case 'time':
      return 'Part 2, time';
    case 'class':
      return 'Part 2, class';
    case 'flow':
      return 'Rectified flow';
    case undefined:
      return 'Own objective';
  }
}

/** `as assigned`, `quick look`, or what is different: `D = 32, 2 epochs`. */
export function recipeInWords(recipe: Recipe): string {
  const part = partOf(recipe);
  if (part === undefined) return 'own recipe';
  const preset = presetOf(part, recipe);
  return preset?.label.toLowerCase() ?? differencesInWords(recipe);
}

/** What is different from the assignment: `D = 16, batch 64`. Empty when nothing is. */
export function differencesInWords(recipe: Recipe): string {
  const part = partOf(recipe);
  if (part === undefined) return '';
  return differencesFromAssigned(part, recipe)
    .map((field) => valueInWords(field, recipe))
    .join(', ');
}
