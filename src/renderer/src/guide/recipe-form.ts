import type { Part } from '#contract/preset.ts';
import { fieldApplies, type Recipe, type RecipeField } from '#contract/recipe.ts';

export interface FormField {
  field: RecipeField;
  /** how far an arrow key moves a number */
  step?: (value: number) => number;
  /** the parts in whose form it stands, where that is not told by its effect */
  parts?: readonly Part[];
  /** those of a choice that can be made here */
  choices?: readonly string[];
}
const by = (step: number) => () => step;

/** The fields of the form, in its order; `more` stand behind a button. */
const formFields: readonly FormField[] = [
  // in the other parts it is what makes the part
  { field: 'conditioning', parts: ['flow'], choices: ['time', 'class'] },
  { field: 'width', step: by(1) },
  { field: 'sigma', step: by(0.1) },
  { field: 'timesteps', step: by(10) },
  { field: 'epochs', step: by(1) },
  { field: 'batchSize', step: by(1) },
  // by its leading digit: 0.0001, 0.0002 … 0.001, 0.002
  { field: 'learningRate', step: (value) => 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)) + 1e-9) },
  { field: 'subset', step: by(1000) },
  { field: 'seed', step: by(1) },
];
const moreFields: readonly FormField[] = [
  { field: 'model' },
  { field: 'schedule' },
  { field: 'timeSampling' },
  { field: 'learningRateDecay', step: by(0.1) },
  { field: 'dropClass', step: by(0.05) },
  { field: 'ema', step: by(0.001) },
  { field: 'save', step: by(1) },
];

/** The form of a part: the fields that have an effect on a recipe with this objective and conditioning. */
export function formOf(
  part: Part,
  recipe: Pick<Recipe, 'objective' | 'conditioning'>,
): { fields: readonly FormField[]; more: readonly FormField[] } {
  const applies = ({ field, parts }: FormField): boolean =>
    parts === undefined ? fieldApplies(field, recipe) : parts.includes(part);
  return { fields: formFields.filter(applies), more: moreFields.filter(applies) };
}
