import { actionsFor, type Run } from '#contract/run.ts';

/** The epochs that a run can be shown by: of part 1 those whose test digits are saved, of part 2 those whose grids are. */
export const picturedEpochs = ({ recipe, sampledEpochs, gridEpochs }: Run): readonly number[] =>
  recipe.objective === 'denoise' ? sampledEpochs : gridEpochs;

/** What RunThumb needs for the newest picture of a run, as plain values. */
export const thumbOf = (run: Run) => ({
  id: run.id,
  seed: run.recipe.seed,
  grid: run.recipe.objective !== 'denoise',
  epoch: picturedEpochs(run).at(-1),
});

/** Why a run has no pictures of its epochs, and whether they are still to come; undefined where it has some. */
export function missingPictures(run: Run): { coming: boolean; text: string } | undefined {
  if (picturedEpochs(run).length > 0) return undefined;
  const { state, progress, recipe } = run;
  const what = recipe.objective === 'denoise' ? 'test digits' : 'samples';
  if (state.status === 'training')
    return { coming: true, text: `The first ${what} come after epoch ${progress.epoch + 1}, which is under way.` };
  if (state.status === 'queued') return { coming: true, text: `The first ${what} come once it has trained an epoch.` };
  if (progress.epoch > 0)
    return {
      coming: false,
      text: `This run has kept no ${what} of its epochs: they were removed, or a version trained it that kept none.`,
    };
  const why = {
    paused: 'It was paused',
    interrupted: 'It was interrupted',
    stopped: 'It was stopped',
    failed: 'It failed',
    completed: 'It ended',
  }[state.status];
  const next = actionsFor(state.status).resume ? ' Resume trains on to them.' : '';
  return { coming: false, text: `${why} within its first epoch, before there were any ${what}.${next}` };
}

/** The epochs with pictures before and after one. */
export function neighbours(epochs: readonly number[], epoch: number | undefined): (number | undefined)[] {
  const at = epoch === undefined ? -1 : epochs.indexOf(epoch);
  return at < 0 ? [] : [epochs[at + 1], epochs[at - 1]];
}

/** Where the network that made an epoch's pictures can be used, as a page's address has it; undefined without its checkpoint. */
export const useOf = (run: Run, epoch: number | undefined): { run: string; epoch: string } | undefined =>
  run.checkpoints.some((checkpoint) => checkpoint.epoch === epoch) ? { run: run.id, epoch: String(epoch) } : undefined;
