import { differencesFromAssigned, partOf, type Part } from '#contract/preset.ts';
import type { Run } from '#contract/run.ts';

/**
 * What the assignment asks to be handed in, and how far it is. Only a run at the assigned settings that reached
 * its epochs makes one done; any other run shows it as a preview.
 */
export interface Deliverable {
  id: 'noising' | 'loss' | 'results' | 'noise-levels';
  title: string;
  /** the assignment's number for it */
  figure: string;
  state: 'done' | 'preview' | 'open';
  /** the run it is made from */
  run: Run | undefined;
}

const isAssigned = (part: Part, run: Run) =>
  partOf(run.recipe) === part && differencesFromAssigned(part, run.recipe).length === 0;
const hasSampled = (run: Run, ...epochs: number[]) => epochs.every((epoch) => run.sampledEpochs.includes(epoch));

/** The deliverables of part 1, out of all runs of the library, newest first. */
export function deliverables(part: Part, runs: readonly Run[]): Deliverable[] {
  const candidates = runs.filter((run) => partOf(run.recipe) === part);
  const finished = candidates.filter((run) => isAssigned(part, run) && run.progress.epoch >= run.recipe.epochs);
  const from = (
    id: Deliverable['id'],
    title: string,
    figure: string,
    complete: (run: Run) => boolean,
    begun: (run: Run) => boolean,
  ): Deliverable => {
    const done = finished.find(complete);
    const run = done ?? candidates.find(begun);
    return { id, title, figure, state: done !== undefined ? 'done' : run !== undefined ? 'preview' : 'open', run };
  };
  return [
    // it needs no run, only the seed
    { id: 'noising', title: 'Noising, seven levels', figure: 'fig. 3', state: 'done', run: undefined },
    from(
      'loss',
      'Training loss',
      'fig. 4',
      () => true,
      (run) => run.progress.step > 0,
    ),
    from(
      'results',
      'Test digits after epochs 1 and 5',
      'fig. 5, 6',
      (run) => hasSampled(run, 1, run.recipe.epochs),
      (run) => run.sampledEpochs.length > 0,
    ),
    from(
      'noise-levels',
      'Other noise levels',
      'fig. 7',
      (run) => hasSampled(run, run.recipe.epochs),
      (run) => run.sampledEpochs.length > 0,
    ),
  ];
}
