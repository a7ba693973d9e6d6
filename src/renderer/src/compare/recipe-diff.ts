import { fieldApplies, recipeFields, type Recipe, type RecipeField } from '#contract/recipe.ts';

/** A field of several recipes, side by side. */
export interface DiffRow {
  field: RecipeField;
  label: string;
  /** one a recipe; undefined where the field has no effect on it */
  values: (string | number | undefined)[];
  /** which of them stand out: they are not what most have, or not the first's where no value has a majority */
  odd: boolean[];
}

/** The fields of several recipes: those in which they differ, and those in which they are equal. What no recipe uses is left out. */
export function diffRecipes(recipes: readonly Recipe[]): { different: DiffRow[]; equal: DiffRow[] } {
  const different: DiffRow[] = [];
  const equal: DiffRow[] = [];
  for (const field of Object.keys(recipeFields) as RecipeField[]) {
    const values = recipes.map((recipe) => (fieldApplies(field, recipe) ? recipe[field] : undefined));
    if (values.every((value) => value === undefined)) continue;
    const usual = mostCommon(values);
    const odd = values.map((value) => value !== usual);
    (odd.includes(true) ? different : equal).push({ field, label: recipeFields[field].label, values, odd });
  }
  return { different, equal };
}

/** The value that more of them have than any other; the first one's where there is none such. */
function mostCommon<T>(values: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const usual = [...counts].filter(([, count]) => count === most);
  return usual.length === 1 ? usual[0]![0] : values[0]!;
}
