import * as z from 'zod/mini';
import { StudioError } from './error.ts';

/**
 * A recipe is everything that defines a run: the same recipe on the same device gives the same bits.
 * Each field is one row here; the schema, the form, the command line and the error messages all read it.
 */
interface NumberField {
  kind: 'number';
  label: string;
  help: string;
  min: number;
  max: number;
  integer: boolean;
  /** true where min itself is not allowed (a learning rate of 0) */
  exclusiveMin?: boolean;
  default: number;
  only?: Only;
}
interface ChoiceField<T extends string> {
  kind: 'choice';
  label: string;
  help: string;
  choices: readonly T[];
  default: T;
  only?: Only;
}
/** Where a field has an effect: under which objective, or with which conditioning. Absent: everywhere. */
interface Only {
  objective?: string;
  conditioning?: string;
}
const number = (f: Omit<NumberField, 'kind' | 'integer'>): NumberField => ({ kind: 'number', integer: false, ...f });
const integer = (f: Omit<NumberField, 'kind' | 'integer'>): NumberField => ({ kind: 'number', integer: true, ...f });
const choice = <T extends string>(f: Omit<ChoiceField<T>, 'kind'>): ChoiceField<T> => ({ kind: 'choice', ...f });

/** Devices are named by engine and processor. `auto` is the first that starts and passes its self-check. */
export const DEVICES = ['tensorflow-gpu', 'tensorflow-cpu', 'onnx-cpu', 'reference'] as const;
/** Types of the images inside the network; parameters, moments, statistics and the loss are float32 in either. */
export const PRECISIONS = ['float32', 'bfloat16'] as const;
export type Precision = (typeof PRECISIONS)[number];
/** Size of MNIST's training split. */
export const TRAIN_IMAGES = 60_000;

/** Defaults are those of part 1 as assigned. */
export const recipeFields = {
  objective: choice({
    label: 'Objective',
    help: 'denoise: give the clean digit back in one step. ddpm: predict the noise at timestep t. flow: predict the velocity from digit to noise.',
    choices: ['denoise', 'ddpm', 'flow'],
    default: 'denoise',
  }),
  conditioning: choice({
    label: 'Conditioning',
    help: 'What the UNet is told beside the image: nothing, the time t, or the time and the class of the digit.',
    choices: ['none', 'time', 'class'],
    default: 'none',
  }),
  model: choice({
    label: 'Network',
    help: 'assigned: the UNet of the assignment. improved: fits better in the same time a step, with residual blocks that are each told time and class.',
    choices: ['assigned', 'improved'],
    default: 'assigned',
  }),
  sigma: number({
    label: 'Noise σ',
    help: 'Standard deviation of the noise that is added to a clean digit in training.',
    min: 0,
    max: 4,
    default: 0.5,
    only: { objective: 'denoise' },
  }),
  timesteps: integer({
    label: 'Timesteps T',
    help: 'Length of the noise schedule.',
    min: 2,
    max: 4000,
    default: 300,
    only: { objective: 'ddpm' },
  }),
  schedule: choice({
    label: 'Noise schedule',
    help: 'How noise grows with t. linear: β from 0.0001 to 0.02. cosine: slower at both ends (Nichol & Dhariwal 2021).',
    choices: ['linear', 'cosine'],
    default: 'linear',
    only: { objective: 'ddpm' },
  }),
  timeSampling: choice({
    label: 'Times in training',
    help: 'How t is drawn. uniform: all alike. logit-normal: more from the middle, where the velocity is hardest to tell (Esser et al. 2024).',
    choices: ['uniform', 'logit-normal'],
    default: 'uniform',
    only: { objective: 'flow' },
  }),
  width: integer({
    label: 'Hidden width D',
    help: 'Channels of the UNet at full resolution. Cost grows with its square.',
    min: 1,
    max: 512,
    default: 128,
  }),
  batchSize: integer({ label: 'Batch size', help: 'Digits per training step.', min: 1, max: 4096, default: 256 }),
  epochs: integer({ label: 'Epochs', help: 'Passes over the training digits.', min: 1, max: 1000, default: 5 }),
  learningRate: number({ label: 'Learning rate', help: "Adam's step size.", min: 0, exclusiveMin: true, max: 1, default: 1e-4 }),
  learningRateDecay: number({
    label: 'Learning-rate decay',
    help: 'Factor by which the learning rate falls over the whole run, in equal ratios after every epoch. 1 keeps it constant.',
    min: 0,
    exclusiveMin: true,
    max: 1,
    default: 1,
  }),
  dropClass: number({
    label: 'Class dropout',
    help: 'Share of training digits whose class is hidden, so that the model also learns to do without (p_uncond).',
    min: 0,
    max: 1,
    default: 0.1,
    only: { conditioning: 'class' },
  }),
  ema: number({
    label: 'EMA decay',
    help: 'Decay of the running average of the weights, kept beside them. It starts lower and grows with the steps. 0 keeps none.',
    min: 0,
    max: 0.99999,
    default: 0,
  }),
  seed: integer({
    label: 'Seed',
    help: 'Every random number of the run follows from it.',
    min: 0,
    max: 0xffffffff,
    default: 180,
  }),
  subset: integer({
    label: 'Training digits',
    help: 'How many digits of the training split are used.',
    min: 1,
    max: TRAIN_IMAGES,
    default: TRAIN_IMAGES,
  }),
  device: choice({
    label: 'Device',
    help: 'Where it is computed. auto: the one in Settings, and where that is auto too, the fastest that passes its self-check here. A run keeps the one it started on.',
    choices: ['auto', ...DEVICES],
    default: 'auto',
  }),
  precision: choice({
    label: 'Precision',
    help: 'Arithmetic of the images inside the network. bfloat16 has 8 of float32’s 24 bits and takes half the memory; parameters, Adam and the loss stay float32. auto: bfloat16 where it was measured to be faster here with a loss within 1 %, else float32.',
    choices: ['auto', ...PRECISIONS],
    default: 'float32',
  }),
  save: integer({
    label: 'Checkpoint every',
    help: 'Epochs between checkpoints. The last epoch is always kept.',
    min: 1,
    max: 1000,
    default: 1,
  }),
} as const;
export type RecipeField = keyof typeof recipeFields;

/** The field's allowed values in words: `a whole number from 1 to 512`. */
export function allowedRange(field: RecipeField): string {
  const f: NumberField | ChoiceField<string> = recipeFields[field];
  if (f.kind === 'choice') return f.choices.length === 1 ? `only ${f.choices[0]!}` : `one of ${f.choices.join(', ')}`;
  if (f.min === f.max) return `only ${f.min}`;
  const what = f.integer ? 'a whole number' : 'a number';
  return f.exclusiveMin === true ? `${what} above ${f.min}, at most ${f.max}` : `${what} from ${f.min} to ${f.max}`;
}

/** Whether a field has an effect on a run of the recipe. */
export function fieldApplies(field: RecipeField, recipe: Pick<Recipe, 'objective' | 'conditioning'>): boolean {
  const { only }: NumberField | ChoiceField<string> = recipeFields[field];
  return (
    (only?.objective === undefined || only.objective === recipe.objective) &&
    (only?.conditioning === undefined || only.conditioning === recipe.conditioning)
  );
}

type Value<F> = F extends ChoiceField<infer T> ? T : number;
export type Recipe = { [K in RecipeField]: Value<(typeof recipeFields)[K]> };

/** What is wrong with one field's value, or undefined when nothing is: `width is 0; it must be a whole number from 1 to 512`. */
export function fieldProblem(field: RecipeField, value: unknown): string | undefined {
  const f: NumberField | ChoiceField<string> = recipeFields[field];
  const fits =
    f.kind === 'choice'
      ? typeof value === 'string' && f.choices.includes(value)
      : typeof value === 'number' &&
        Number.isFinite(value) &&
        (!f.integer || Number.isInteger(value)) &&
        (f.exclusiveMin === true ? value > f.min : value >= f.min) &&
        value <= f.max;
  return fits
    ? undefined
    : `${field} is ${value === undefined ? 'missing' : JSON.stringify(value)}; it must be ${allowedRange(field)}`;
}

/** Problems between fields. */
function combinationProblem(recipe: Recipe): string | undefined {
  if (recipe.objective === 'denoise' && recipe.conditioning !== 'none')
    return `conditioning is "${recipe.conditioning}"; the objective denoise takes only none`;
  if (recipe.objective !== 'denoise' && recipe.conditioning === 'none')
    return `conditioning is "none"; the objective ${recipe.objective} takes time or class`;
  return undefined;
}

export const defaultRecipe: Recipe = Object.fromEntries(Object.entries(recipeFields).map(([k, f]) => [k, f.default])) as Recipe;

/** All that is wrong with a value as a recipe. Missing fields take their default; unknown ones are a problem. */
export function recipeProblems(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['a recipe must be an object'];
  const problems = Object.keys(value)
    .filter((k) => !Object.hasOwn(recipeFields, k))
    .map((k) => `${k} is not a field of a recipe; the fields are ${Object.keys(recipeFields).join(', ')}`);
  const merged: Record<string, unknown> = { ...defaultRecipe, ...value };
  for (const field of Object.keys(recipeFields) as RecipeField[]) {
    const problem = fieldProblem(field, merged[field]);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) return problems;
  const combination = combinationProblem(merged as Recipe);
  return combination === undefined ? [] : [combination];
}

/** A full recipe out of a partial one. Throws a StudioError that names each bad field, its value and the allowed range. */
export function parseRecipe(value: unknown): Recipe {
  const problems = recipeProblems(value);
  if (problems.length > 0)
    throw new StudioError('bad-input', `The recipe is not valid: ${problems.join('; ')}.`, 'Correct the value and start again.');
  return { ...defaultRecipe, ...(value as Partial<Recipe>) };
}

/** The recipe as a schema, for messages and files. */
export const recipeSchema = z.pipe(
  z.unknown().check((ctx) => {
    for (const message of recipeProblems(ctx.value)) ctx.issues.push({ code: 'custom', message, input: ctx.value });
  }),
  z.transform((value) => ({ ...defaultRecipe, ...(value as Partial<Recipe>) })),
);

/** Steps of one epoch; the last, smaller batch counts. */
export const stepsPerEpoch = (recipe: Pick<Recipe, 'subset' | 'batchSize'>): number =>
  Math.ceil(recipe.subset / recipe.batchSize);
export const totalSteps = (recipe: Pick<Recipe, 'subset' | 'batchSize' | 'epochs'>): number =>
  stepsPerEpoch(recipe) * recipe.epochs;
