import type { FigureRequest } from '#contract/figure.ts';

/** What a figure's file is called: `figure-5-epoch-1.png`. */
export function figureFileName(request: FigureRequest, format: 'svg' | 'png' | 'gif'): string {
  const name = ((): string => {
    switch (request.figure) {
      case 'noising':
        return 'figure-3-noising';
      case 'loss':
        return `figure-4-loss-${request.run}`;
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
