import { StudioError } from '#contract/error.ts';
import { partOf, presetRecipe, type Part, type Preset } from '#contract/preset.ts';
import type { Recipe } from '#contract/recipe.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { loadMnist } from '#library/mnist.ts';
import { defaultName } from '#library/runs.ts';
import { freeName } from '#studio/free-name.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import type { Output } from './output.ts';
import { recipeWith } from './set-option.ts';
import { sitWith } from './sitting.ts';

export interface TrainCommandOptions extends CommonOptions {
  preset: Preset['id'];
  set?: string[];
  seed?: string;
  device?: string;
  name?: string;
}

/** What is said of a recipe that belongs to another part, or to none. */
function otherPart(part: Part, { objective, conditioning }: Recipe): StudioError {
  const own = presetRecipe(part, 'assigned');
  const field = objective === own.objective ? `conditioning is "${conditioning}"` : `objective is "${objective}"`;
  const takes = objective === own.objective ? own.conditioning : own.objective;
  const other = partOf({ objective, conditioning });
  return new StudioError(
    'bad-input',
    `The recipe is not valid: ${field}; train ${part} takes only ${takes}.`,
    other === undefined ? 'Leave the field out.' : `Leave the field out, or train ${other}.`,
  );
}

const LONGEST_NAME = 200;

/** What a run is called that was given no name: as no other run is. */
async function ownName(library: Library, recipe: Recipe): Promise<string> {
  const { runs } = await library.runs.list();
  return freeName(defaultName(recipe), new Set(runs.map(({ name }) => name)));
}

/** `from-noise train PART`: a new run, trained here. Everything that can be wrong with it is said before the run is made. */
export async function train(part: Part, options: TrainCommandOptions, output: Output): Promise<number> {
  const { seed, device, name } = options;
  const assignments = [...(options.set ?? [])];
  if (seed !== undefined) assignments.push(`seed=${seed}`);
  if (device !== undefined) assignments.push(`device=${device}`);
  const recipe = recipeWith(presetRecipe(part, options.preset), assignments);
  if (partOf(recipe) !== part) throw otherPart(part, recipe);
  if (name !== undefined && (name.trim() === '' || name.length > LONGEST_NAME))
    throw new StudioError(
      'bad-input',
      `--name has ${name.trim().length} characters; it must have 1 to ${LONGEST_NAME}.`,
      'Choose another name.',
    );

  const { libraryFolder, devices } = openEnvironment(options, output);
  const library = await openLibrary(libraryFolder);
  await Promise.all([loadMnist('train'), loadMnist('test')]);
  await devices.resolve({ device: recipe.device, precision: 'float32' });
  const run = await library.runs.create({ recipe, name: name ?? (await ownName(library, recipe)) });
  return await sitWith({ library, run, devices, output });
}
