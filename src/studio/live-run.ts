import type { MetricColumns } from '#contract/metrics.ts';
import { stepsPerEpoch, type Recipe } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';
import { tailMetrics } from '#library/metrics.ts';
import { createSpeedometer } from '#trainer/speed.ts';

/** The loss is shown as the mean over so many steps. */
const SMOOTHED_STEPS = 20;

/** A run that is training, followed through its metrics.jsonl, whichever process writes it. */
export interface LiveRun {
  /** What is new. `cut`: what was told of the run before is void after that step. Calls must not overlap. */
  poll(): Promise<{ columns: MetricColumns; cut: number | undefined }>;
  /** Undefined until a step and its speed were seen. */
  readonly reading: Run['live'];
  readonly secondsPerStep: number | undefined;
}

/** `now` gives seconds, on any clock that doesn't jump. */
export function followRun(metricsFile: string, recipe: Recipe, now: () => number = () => performance.now() / 1000): LiveRun {
  const tail = tailMetrics(metricsFile);
  const speedometer = createSpeedometer(recipe);
  const perEpoch = stepsPerEpoch(recipe);
  let recent: number[] = [];
  let step = 0;
  let first = true;
  return {
    async poll() {
      const { columns, cut } = await tail.poll();
      const { steps, losses } = columns;
      // windows may have read the file in any state since the run last trained: the first look is the whole of it
      const restated = cut ?? (first && steps.length > 0 ? 0 : undefined);
      first = false;
      if (restated !== undefined) recent = [];
      recent = [...recent, ...losses.subarray(-SMOOTHED_STEPS)].slice(-SMOOTHED_STEPS);
      const last = steps.at(-1);
      if (last !== undefined) {
        step = last;
        speedometer.add(last, now());
      }
      return { columns, cut: restated };
    },
    get reading() {
      const speed = speedometer.read();
      if (speed === undefined || recent.length === 0) return undefined;
      return {
        step,
        epoch: Math.min(recipe.epochs, Math.floor(step / perEpoch) + 1),
        loss: recent.reduce((a, b) => a + b, 0) / recent.length,
        imagesPerSecond: speed.imagesPerSecond,
        secondsLeft: speed.secondsLeft,
      };
    },
    get secondsPerStep() {
      return speedometer.read()?.secondsPerStep;
    },
  };
}
