import { computed, shallowReactive, shallowRef, watchEffect, type ComputedRef, type ShallowRef } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { CallOutput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';

export type ScheduleTable = CallOutput<'schedule.table'>;
type ScheduleName = Recipe['schedule'];

/** Tables that were fetched: they never change. */
const tables = shallowReactive(new Map<string, ScheduleTable>());
const keyOf = (name: ScheduleName, timesteps: number) => `${name} ${timesteps}`;

/** The tables of noise schedules of a length; undefined until they are there. The last length's stay meanwhile. */
export function useSchedules(
  names: readonly ScheduleName[],
  timesteps: () => number,
): {
  tables: ComputedRef<ReadonlyMap<ScheduleName, ScheduleTable> | undefined>;
  error: Readonly<ShallowRef<ErrorInfo | undefined>>;
} {
  const studio = useStudio();
  const error = shallowRef<ErrorInfo>();
  const asked = new Set<string>();
  const shown = shallowRef<ReadonlyMap<ScheduleName, ScheduleTable>>();

  async function fetch(name: ScheduleName, length: number): Promise<void> {
    const key = keyOf(name, length);
    if (asked.has(key) || tables.has(key)) return;
    asked.add(key);
    try {
      tables.set(key, await studio.call('schedule.table', { schedule: name, timesteps: length }));
      error.value = undefined;
    } catch (failure) {
      asked.delete(key);
      error.value = toErrorInfo(failure);
    }
  }
  watchEffect(() => {
    const length = timesteps();
    const found = names.flatMap((name) => {
      const table = tables.get(keyOf(name, length));
      return table === undefined ? [] : [[name, table] as const];
    });
    if (found.length === names.length) shown.value = new Map(found);
    else for (const name of names) void fetch(name, length);
  });
  return { tables: computed(() => shown.value), error };
}

/** x_t = a · x_0 + s · ε: a = √ᾱ_t and s = √(1 − ᾱ_t). */
export const mixtureAt = ({ alphaBar }: ScheduleTable, t: number): { a: number; s: number } => ({
  a: Math.sqrt(alphaBar[t]!),
  s: Math.sqrt(1 - alphaBar[t]!),
});

/** The t whose noise for each bit of digit, √((1 − ᾱ_t) / ᾱ_t), is nearest to a σ. */
export function timestepOf({ alphaBar }: ScheduleTable, sigma: number): number {
  let nearest = 0;
  let least = Infinity;
  alphaBar.forEach((value, t) => {
    // by their angles, since the ratio has no end where no digit is left
    const distance = Math.abs(Math.atan2(Math.sqrt(1 - value), Math.sqrt(value)) - Math.atan(sigma));
    if (distance < least) [nearest, least] = [t, distance];
  });
  return nearest;
}
