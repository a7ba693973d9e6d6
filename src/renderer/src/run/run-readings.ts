import { stepsPerEpoch, totalSteps } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';

/** Where a run stands, in the numbers that its header, its row and the sidebar show. */
export interface Readings {
  /** the epoch under way, from 1; the last one when it is finished */
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  /** finished epochs, with the fraction of the one under way */
  epochsDone: number;
  /** images a second: live, or over all of its training */
  imagesPerSecond: number | undefined;
  /** only while it trains */
  secondsLeft: number | undefined;
  seconds: number;
  /** smoothed while it trains, else the mean of the last epoch */
  loss: number | undefined;
}

export function readingsOf(run: Run): Readings {
  const { recipe, progress, live } = run;
  const step = Math.max(progress.step, live?.step ?? 0);
  const perEpoch = stepsPerEpoch(recipe);
  const epochsDone = Math.min(recipe.epochs, step / perEpoch);
  // the last batch of an epoch is smaller: exact in whole epochs, near enough within one
  const images = epochsDone * recipe.subset;
  return {
    epoch: Math.min(recipe.epochs, live?.epoch ?? Math.floor(epochsDone) + 1),
    epochs: recipe.epochs,
    step,
    steps: totalSteps(recipe),
    epochsDone,
    imagesPerSecond: live?.imagesPerSecond ?? (progress.seconds > 0 && step > 0 ? images / progress.seconds : undefined),
    secondsLeft: live?.secondsLeft,
    seconds: progress.seconds,
    loss: live?.loss ?? progress.epochLosses.at(-1),
  };
}
