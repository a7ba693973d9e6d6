import { StudioError } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { Resolved } from '#contract/run.ts';
import { coreCount } from '#engine/executors/cores.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { EngineError } from '#engine/error.ts';
import { openExecutor, resolveDevice } from '#engine/executors/registry.ts';
import type { Preferences } from './messages.ts';
import { processorName } from './processor.ts';

/** A device that a recipe names or leaves open, opened. */
export interface Opened {
  executor: Executor;
  resolved: Resolved;
  /** what keeps this sitting from repeating the bits of an uninterrupted run, in words; empty when nothing does */
  deviations: string[];
}

/**
 * Opens what a run is computed on. At its first start `auto` and 0 threads become what the preferences and the machine
 * say; a later sitting keeps what was `recorded` then, unless `override` says otherwise. Precision `auto` is float32:
 * no engine here has another. Throws StudioError `device`.
 */
export async function openDevice(
  recipe: Pick<Recipe, 'device' | 'precision'>,
  preferences: Preferences,
  recorded?: Resolved,
  override: Partial<Preferences> = {},
): Promise<Opened> {
  const wanted = override.device ?? recorded?.device ?? (recipe.device === 'auto' ? preferences.device : recipe.device);
  const threads = override.threads ?? recorded?.threads ?? (preferences.threads === 0 ? coreCount() : preferences.threads);
  const executor = await open(wanted, threads, recorded !== undefined && override.device === undefined);
  const resolved: Resolved = {
    device: executor.device,
    precision: recorded?.precision ?? (recipe.precision === 'auto' ? 'float32' : recipe.precision),
    threads,
    engine: executor.engine,
    processor: processorName(),
  };
  const deviations =
    recorded === undefined
      ? []
      : (['device', 'threads', 'engine', 'processor'] as const)
          .filter((key) => recorded[key] !== resolved[key])
          .map((key) => `${key} was ${recorded[key]}, is ${resolved[key]}`);
  return { executor, resolved, deviations };
}

async function open(wanted: string, threads: number, recorded: boolean): Promise<Executor> {
  try {
    return await openExecutor(await resolveDevice(wanted), { threads });
  } catch (error) {
    if (!recorded || !(error instanceof EngineError)) throw error;
    throw new StudioError(
      'device',
      `The run was trained on ${wanted}, which doesn't start here: ${error.message}`,
      'Resume it where that device is, or on another one with `from-noise resume RUN --device NAME`; its bits then differ from an uninterrupted run.',
      { cause: error },
    );
  }
}
