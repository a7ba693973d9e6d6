import { StudioError } from '#contract/error.ts';
import { PRECISIONS, recipeFields, type Recipe } from '#contract/recipe.ts';

/** The value of `--device`. Throws a StudioError `bad-input` that names the choices. */
export function deviceNamed<T extends Recipe['device']>(
  name: string,
  choices: readonly T[] = recipeFields.device.choices as readonly T[],
): T {
  const device = choices.find((choice) => choice === name);
  if (device === undefined)
    throw new StudioError('bad-input', `device is "${name}"; it must be one of ${choices.join(', ')}.`, 'Choose one of those.');
  return device;
}

/** The value of `--precision`. Throws a StudioError `bad-input` that names the choices. */
export function precisionNamed(name: string): (typeof PRECISIONS)[number] {
  const precision = PRECISIONS.find((choice) => choice === name);
  if (precision === undefined)
    throw new StudioError(
      'bad-input',
      `--precision is "${name}"; it must be one of ${PRECISIONS.join(', ')}.`,
      'Choose one of those.',
    );
  return precision;
}
