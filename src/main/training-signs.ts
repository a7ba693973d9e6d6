import { totalSteps } from '#contract/recipe.ts';
import type { Run } from '#contract/run.ts';

/** What the system is told of the run that trains here. */
export interface TrainingSigns {
  /** For the dock or the taskbar: from 0 to 1; undefined where nothing trains. */
  progress(share: number | undefined): void;
  /** Whether the computer has to stay awake. */
  awake(on: boolean): void;
  /** A run that trained here came to its end, good or bad; not one that a person paused or stopped. */
  ended(run: Run): void;
}

/** The taskbar shows a hundred steps at most, and is not drawn for less. */
const STEPS_SHOWN = 100;

export interface FollowedTraining {
  /** A run as it is now. */
  take(run: Run): void;
  removed(id: string): void;
  /** The run that trains in this studio. */
  readonly current: Run | undefined;
}

/** Follows the runs of a studio, of which one at most trains in its own process, and gives the signs of it. */
export function followTraining(signs: TrainingSigns): FollowedTraining {
  let current: Run | undefined;
  let shown: number | undefined;
  let isAwake = false;

  function show(): void {
    const share = current === undefined ? undefined : shareOf(current);
    if (share !== shown) signs.progress((shown = share));
    const wakes = current !== undefined;
    if (wakes !== isAwake) signs.awake((isAwake = wakes));
  }
  return {
    take(run) {
      const trains = run.state.status === 'training' && run.writer === 'here';
      const ends = current?.id === run.id && !trains;
      if (trains) current = run;
      else if (ends) current = undefined;
      show();
      if (ends && (run.state.status === 'completed' || run.state.status === 'failed')) signs.ended(run);
    },
    removed(id) {
      if (current?.id === id) current = undefined;
      show();
    },
    get current() {
      return current;
    },
  };
}

function shareOf({ recipe, progress, live }: Run): number {
  const share = (live?.step ?? progress.step) / totalSteps(recipe);
  return Math.round(Math.min(1, share) * STEPS_SHOWN) / STEPS_SHOWN;
}
