import type { DrawnRun } from './deliverables.ts';
import type { FigureRequest } from './figure.ts';
import { SHOWN_EPOCHS } from './sampling.ts';

/**
 * Every figure that a run can give, in the assignment's order: of the denoiser the noising, the loss, test digits after the
 * first and the last epoch, and other noise levels; of part 2 the schedule, the loss, the samples after the epochs that
 * the assignment shows, together and each, one sample's way from noise, and that of all as a GIF.
 */
export function figuresOfRun({ id, recipe, progress, sampledEpochs, gridEpochs }: DrawnRun): FigureRequest[] {
  const loss: FigureRequest[] = progress.step > 0 ? [{ figure: 'loss', run: id }] : [];
  if (recipe.objective === 'denoise') {
    const first = sampledEpochs.at(0);
    const last = sampledEpochs.at(-1);
    return [
      { figure: 'noising', seed: recipe.seed },
      ...loss,
      ...(first === undefined ? [] : [{ figure: 'results' as const, run: id, epoch: first }]),
      ...(last === undefined || last === first ? [] : [{ figure: 'results' as const, run: id, epoch: last }]),
      ...(last === undefined ? [] : [{ figure: 'noise-levels' as const, run: id, epoch: last }]),
    ];
  }
  const last = gridEpochs.at(-1);
  const shown = gridEpochs.filter((epoch) => SHOWN_EPOCHS.includes(epoch) || epoch === last);
  return [
    ...(recipe.objective === 'ddpm'
      ? [{ figure: 'schedule' as const, schedule: recipe.schedule, timesteps: recipe.timesteps }]
      : []),
    ...loss,
    ...(shown.length > 1 ? [{ figure: 'samples' as const, run: id, epochs: shown }] : []),
    ...shown.map((epoch) => ({ figure: 'samples' as const, run: id, epochs: [epoch] })),
    ...(last === undefined
      ? []
      : [
          { figure: 'trajectory' as const, run: id, epoch: last, image: 0 },
          { figure: 'denoising' as const, run: id, epoch: last },
        ]),
  ];
}
