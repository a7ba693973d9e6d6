import { differencesFromAssigned, partOf, presetRecipe } from '#contract/preset.ts';
import { fieldApplies, recipeFields, TRAIN_IMAGES, type Recipe } from '#contract/recipe.ts';
import { count } from '#contract/words.ts';

/** What a figure of a run has to say about how it was made. */
export interface RunFacts {
  recipe: Recipe;
  /** what the recipe's precision became on the device */
  precision: string;
  /** where it was trained */
  device: string;
  /** finished epochs of the run as the figure shows it */
  epochs: number;
  /** finished epochs of the run by now */
  trained: number;
}

/** What stands below a figure. */
export interface Caption {
  /** paragraphs: what the figure was made with */
  facts: string[];
  /** why it is no deliverable; undefined when it is one, or none is asked for */
  preview: string | undefined;
}

/** The caption of a run's figure: what it says, and whether it was made as assigned. `missing` names what it lacks itself. */
export function captionOf(run: RunFacts, facts: readonly string[], missing?: string): Caption {
  const unfinished = run.trained < run.recipe.epochs ? `${run.trained} of ${run.recipe.epochs} epochs are trained` : undefined;
  const preview = previewLine(run.recipe, missing ?? unfinished);
  return { facts: preview === undefined ? [AS_ASSIGNED, ...facts] : [...facts], preview };
}
const AS_ASSIGNED = 'Made at the settings of the assignment.';

/** "D = 128 · 5 epochs · MNIST train split, 60,000 digits · σ = 0.5 · batch size 256 · learning rate 0.0001 · float32 on onnx-cpu · seed 180" */
export function factsLine({ recipe, precision, device, epochs }: RunFacts): string {
  const all = recipe.subset === TRAIN_IMAGES;
  return [
    `D = ${recipe.width}`,
    ...(recipe.model === 'improved' ? ['improved network'] : []),
    epochs === recipe.epochs ? `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}` : `${epochs} of ${recipe.epochs} epochs`,
    all ? `MNIST train split, ${count(recipe.subset)} digits` : `${count(recipe.subset)} digits of the MNIST train split`,
    ...(fieldApplies('sigma', recipe) ? [`σ = ${count(recipe.sigma)}`] : []),
    ...(fieldApplies('timesteps', recipe) ? [`T = ${recipe.timesteps}, ${recipe.schedule} schedule`] : []),
    `batch size ${count(recipe.batchSize)}`,
    `learning rate ${count(recipe.learningRate)}${recipe.learningRateDecay === 1 ? '' : ` × ${count(recipe.learningRateDecay)}^(1/${recipe.epochs}) each epoch`}`,
    `${precision} on ${device}`,
    `seed ${recipe.seed}`,
  ]
    .map((fact) => fact.replaceAll(' ', '\u00a0')) // lines break between facts only
    .join('\u00a0· ');
}

/** Why a figure is no deliverable: its recipe isn't the assigned one, or something that `missing` names. Undefined when it is one. */
function previewLine(recipe: Recipe, missing?: string): string | undefined {
  const part = partOf(recipe);
  if (part === undefined) return 'Preview: the assignment asks for no such run.';
  const assigned = presetRecipe(part, 'assigned');
  const asked = differencesFromAssigned(part, recipe).map((field) => {
    const value = assigned[field];
    return `${lowered(recipeFields[field].label)} ${typeof value === 'number' ? count(value) : value}`;
  });
  const reasons = [
    ...(missing === undefined ? [] : [missing]),
    ...(asked.length === 0 ? [] : [`the assignment asks for ${asked.join(', ')}`]),
  ];
  return reasons.length === 0 ? undefined : `Preview: ${reasons.join('; ')}.`;
}

const lowered = (label: string): string => `${label[0]!.toLowerCase()}${label.slice(1)}`;
