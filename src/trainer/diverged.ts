import { StudioError } from '#contract/error.ts';

/** What a run fails with when a loss, in training or on the test digits, is no number any more. */
export const diverged = (step: number, epoch: number, learningRate: number): StudioError =>
  new StudioError(
    'diverged',
    `The loss stopped being a number at step ${step}, in epoch ${epoch}: training diverged.`,
    `Start a new run with a learning rate below ${learningRate}.`,
  );
