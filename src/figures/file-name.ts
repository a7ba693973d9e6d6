import type { FigureRequest } from '#contract/figure.ts';
import type { Part } from '#contract/preset.ts';

/** The assignment's numbers of loss curves; it has none for the flow's. */
const LOSS_NUMBERS: Readonly<Record<Part, string>> = {
  denoiser: 'figure-4-',
  time: 'figure-10-',
  class: 'figure-11-',
  flow: '',
};

/** What a figure's file is called, or that of its data: `figure-5-epoch-1-RUN.png`. `part` is that of the run. */
export function figureFileName(request: FigureRequest, format: string, part?: Part): string {
  const name = ((): string => {
    switch (request.figure) {
      case 'noising':
        return 'figure-3-noising';
      case 'loss':
        return `${part === undefined ? '' : LOSS_NUMBERS[part]}loss-${request.run}`;
      case 'results': {
        const number = request.epoch === 1 ? 'figure-5-' : request.epoch === 5 ? 'figure-6-' : '';
        return `${number}epoch-${request.epoch}-${request.run}`;
      }
      case 'noise-levels':
        return `figure-7-noise-levels-epoch-${request.epoch}-${request.run}`;
      case 'samples':
        return `samples-${request.epochs === undefined ? '' : `epoch-${request.epochs.join('-')}-`}${request.run}`;
      case 'trajectory':
        return `trajectory-epoch-${request.epoch}-${request.run}`;
      case 'denoising':
        return `denoising-epoch-${request.epoch}-${request.run}`;
      case 'schedule':
        return `schedule-${request.schedule}-${request.timesteps}`;
    }
  })();
  return `${name}.${format}`;
}
