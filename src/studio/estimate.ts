import { StudioError } from '#contract/error.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { RunFile } from '#contract/run.ts';
import type { CallOutput } from '#contract/studio.ts';
import { stepCost } from '#trainer/cost.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import type { Measurement, Preferences } from '#trainer/messages.ts';
import { fullBatch, wholeRunSeconds } from '#trainer/speed.ts';
import type { Job, TrainerProcess } from './trainer-process.ts';

type Estimate = CallOutput<'estimate.measure'>;

/** The run that is training now, by whichever process. */
export interface TrainingNow {
  run: Pick<RunFile, 'name' | 'recipe' | 'resolved'>;
  /** undefined until a few steps were seen */
  secondsPerStep: number | undefined;
}

export interface Estimator {
  /** How long the recipe's whole run takes. Cancels the estimate under way. */
  measure(recipe: Recipe): Promise<Estimate>;
  cancel(): void;
}

/** How often, and for how long, the speed of a run that has just begun is looked for. */
const LOOK_MS = 250;
const PATIENCE_MS = 180_000;
const HINT = 'Ask again when that run has ended or is paused.';

/**
 * Measures a few steps in a process of its own. While a run trains, measuring would slow it down and be slowed
 * down by it: then the run's own speed is scaled by the cost of a step instead.
 */
export function createEstimator(
  process: TrainerProcess,
  training: () => TrainingNow | undefined,
  devices: { resolve(recipe: Recipe): Promise<Preferences> },
): Estimator {
  let cancelled = new AbortController();
  const measured = new Map<string, Measurement>();

  async function measure(recipe: Recipe, signal: AbortSignal): Promise<Estimate> {
    const preferences = await devices.resolve(recipe);
    if (signal.aborted) throw cancellation();
    const key = JSON.stringify([preferences, recipe.objective, recipe.conditioning, recipe.width, fullBatch(recipe)]);
    let known = measured.get(key);
    if (known === undefined) {
      const environment = await deviceEnvironment(preferences.device, preferences.threads);
      const job: Job<'measure'> = process.start({ kind: 'measure', recipe, preferences }, environment);
      const stop = (): void => job.command('cancel');
      signal.addEventListener('abort', stop);
      try {
        known = (await job.result).measurement;
      } finally {
        signal.removeEventListener('abort', stop);
      }
      measured.set(key, known);
    }
    return { ...known, seconds: wholeRunSeconds(recipe, known.secondsPerStep), basis: 'measured' };
  }

  return {
    async measure(recipe) {
      cancelled.abort();
      cancelled = new AbortController();
      const { signal } = cancelled;
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        if (signal.aborted) throw cancellation();
        const now = training();
        if (now === undefined) return await measure(recipe, signal);
        if (now.secondsPerStep !== undefined) return scaled(recipe, now.run, now.secondsPerStep);
        if (Date.now() > deadline)
          throw new StudioError('busy', `"${now.run.name}" trains, but has not made a step for long.`, HINT);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    cancel: () => cancelled.abort(),
  };
}

const cancellation = (): StudioError => new StudioError('state', 'The estimate was cancelled.', 'Ask again when you need it.');

/** The recipe's time from the speed of another run on the same device, in the same precision. */
function scaled(recipe: Recipe, { name, recipe: trained, resolved }: TrainingNow['run'], secondsPerStep: number): Estimate {
  const device = resolved?.device ?? trained.device;
  if (recipe.device !== 'auto' && recipe.device !== device)
    throw new StudioError('busy', `The speed of ${recipe.device} can't be measured while "${name}" trains on ${device}.`, HINT);
  const precision = resolved?.precision ?? 'float32';
  if (recipe.precision !== 'auto' && recipe.precision !== precision)
    throw new StudioError(
      'busy',
      `The speed in ${recipe.precision} can't be measured while "${name}" trains in ${precision}.`,
      HINT,
    );
  const own = (secondsPerStep * stepCost(recipe)) / stepCost(trained);
  return { device, precision, secondsPerStep: own, seconds: wholeRunSeconds(recipe, own), basis: 'live' };
}
