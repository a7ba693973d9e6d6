import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import { totalSteps, type Recipe } from '#contract/recipe.ts';
import { useStudio } from '../client.ts';

export type EstimateState =
  | { status: 'invalid' }
  | { status: 'measuring' }
  | { status: 'ready'; secondsPerStep: number; steps: number; seconds: number; basis: 'measured' | 'live' }
  | { status: 'failed'; error: ErrorInfo };

/** Above this the studio offers something shorter. */
export const LONG = 20 * 60;
/** Typing goes on: a measurement that starts at every key would only be cancelled. */
const PAUSE = 400;

/** What a step's cost depends on; epochs and digits only say how many steps there are. */
const costKey = (r: Recipe): string =>
  [r.objective, r.conditioning, r.model, r.width, r.batchSize, r.device, r.precision].join(' ');

/**
 * A width at which the same steps should end within LONG, or undefined. Multiplications fall with the square of the
 * width, all else with the width: between the two, measured again once it is chosen.
 */
export function shorterWidth(recipe: Recipe, seconds: number): { width: number; seconds: number } | undefined {
  for (const width of [64, 48, 32, 24, 16, 8]) {
    const scaled = seconds * (width / recipe.width) ** 1.5;
    if (width < recipe.width && scaled <= LONG) return { width, seconds: scaled };
  }
  return undefined;
}

/**
 * How long a recipe takes here, measured by a few steps on its device. A step is measured again when its cost may
 * have changed, and only then. `context` names what that depends on beside the recipe: device and threads in
 * Settings, a run that trains meanwhile.
 */
export function useEstimate(
  recipe: Ref<Recipe | undefined>,
  context: () => string,
): { state: Readonly<ShallowRef<EstimateState>>; again: () => void } {
  const studio = useStudio();
  const state = shallowRef<EstimateState>({ status: 'measuring' });
  /** what is known, by the cost of a step */
  const known = new Map<string, { secondsPerStep: number; basis: 'measured' | 'live' }>();
  /** what is being measured or is about to be */
  let pending: { key: string; timer: ReturnType<typeof setTimeout>; asked: boolean } | undefined;

  async function measure(mine: NonNullable<typeof pending>, measured: Recipe): Promise<void> {
    mine.asked = true;
    try {
      known.set(mine.key, await studio.call('estimate.measure', { recipe: measured }));
    } catch (error) {
      if (pending === mine) state.value = { status: 'failed', error: toErrorInfo(error) };
      return;
    }
    if (pending !== mine) return;
    pending = undefined;
    // epochs may have changed meanwhile: they only say how often the step is taken
    consider();
  }
  function cancel(): void {
    clearTimeout(pending?.timer);
    const asked = pending?.asked === true;
    pending = undefined;
    // nobody waits for the answer; a studio that is gone measures nothing either
    if (asked) studio.call('estimate.cancel').catch(() => undefined);
  }
  function consider(): void {
    const r = recipe.value;
    if (r === undefined) {
      cancel();
      state.value = { status: 'invalid' };
      return;
    }
    const key = `${context()} ${costKey(r)}`;
    const rate = known.get(key);
    if (rate !== undefined) {
      if (pending !== undefined) cancel();
      const steps = totalSteps(r);
      state.value = { status: 'ready', ...rate, steps, seconds: rate.secondsPerStep * steps };
      return;
    }
    if (pending?.key === key) return;
    cancel();
    state.value = { status: 'measuring' };
    const mine: NonNullable<typeof pending> = { key, asked: false, timer: setTimeout(() => void measure(mine, r), PAUSE) };
    pending = mine;
  }
  function again(): void {
    cancel();
    consider();
  }
  watch([recipe, context], consider, { immediate: true });
  onScopeDispose(cancel);
  return { state, again };
}
