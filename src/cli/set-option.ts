import { StudioError } from '#contract/error.ts';
import { recipeFields, recipeProblems, type Recipe, type RecipeField } from '#contract/recipe.ts';

const isField = (name: string): name is RecipeField => Object.hasOwn(recipeFields, name);

/** What `--set` stands for: a number where the field is one. Text that is no number stays text, so that the problem quotes it. */
function valueOf(name: string, text: string): unknown {
  if (!isField(name) || recipeFields[name].kind !== 'number') return text;
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/**
 * A recipe out of a preset's and assignments `field=value`; the later of two wins.
 * Throws a StudioError `bad-input` that names every bad field, its value and what is allowed.
 */
export function recipeWith(base: Recipe, assignments: readonly string[]): Recipe {
  const problems: string[] = [];
  const changes: Record<string, unknown> = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) problems.push(`--set ${assignment} is not of the form field=value`);
    else changes[assignment.slice(0, at).trim()] = valueOf(assignment.slice(0, at).trim(), assignment.slice(at + 1));
  }
  const recipe = { ...base, ...changes };
  problems.push(...recipeProblems(recipe));
  if (problems.length > 0)
    throw new StudioError('bad-input', `The recipe is not valid: ${problems.join('; ')}.`, 'Correct the value and start again.');
  return recipe;
}
