import type { RecipeField } from '#contract/recipe.ts';

export interface FormField {
  field: RecipeField;
  /** how far an arrow key moves a value */
  step: (value: number) => number;
}
const by = (step: number) => () => step;

/** The fields of the form, in its order; `more` stand behind a button. */
export const formFields: readonly FormField[] = [
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
export const moreFields: readonly FormField[] = [
  { field: 'learningRateDecay', step: by(0.1) },
  { field: 'dropClass', step: by(0.05) },
  { field: 'ema', step: by(0.001) },
  { field: 'save', step: by(1) },
];
