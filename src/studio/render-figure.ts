import { decode } from 'fast-png';
import { StudioError } from '#contract/error.ts';
import type { FigureRequest } from '#contract/figure.ts';
import { partOf } from '#contract/preset.ts';
import { SHOWN_EPOCHS } from '#contract/sampling.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { RunFacts } from '#figures/caption.ts';
import { denoisingGif, gifWidth } from '#figures/denoising-gif.ts';
import { figureFileName } from '#figures/file-name.ts';
import { lossFigure } from '#figures/loss.ts';
import { noisingFigure } from '#figures/noising.ts';
import { noiseLevelsFigure, resultsFigure } from '#figures/results.ts';
import { planWords, samplesFigure, trajectoryFigure } from '#figures/samples.ts';
import { scheduleFigure } from '#figures/schedule.ts';
import { wordsStrip } from '#figures/strip.ts';
import { readGrid } from '#library/grids.ts';
import type { Library } from '#library/library.ts';
import { readMetrics } from '#library/metrics.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import { readSamples } from '#library/samples.ts';
import { rasterise } from './figures/rasterise.ts';
import { noising } from './noising.ts';
import { scheduleTable } from './schedule-table.ts';

/**
 * A figure as a file, from what the library holds. `scale` is a PNG's pixels for each unit of the drawing.
 * Throws a StudioError `not-found` for a run or an epoch that isn't there, `bad-input` for a format that it can't have.
 */
export async function renderFigure(
  library: Library,
  request: FigureRequest,
  format: 'svg' | 'png' | 'gif',
  scale: number,
): Promise<CallOutput<'figures.render'>> {
  if ((format === 'gif') !== (request.figure === 'denoising'))
    throw request.figure === 'denoising'
      ? new StudioError('bad-input', 'The way of a grid from noise is a GIF.', 'Ask for a GIF, or for the figure "samples".')
      : new StudioError('bad-input', `A figure "${request.figure}" is no GIF.`, 'Ask for an SVG or a PNG.');
  const run = 'run' in request ? await library.runs.read(request.run) : undefined;
  const fileName = figureFileName(request, format, run && partOf(run.recipe));
  if (request.figure === 'denoising') {
    const grid = await readGrid(run!.folder, request.epoch);
    const words = wordsStrip(factsOf(run!, request.epoch), [`${planWords(grid.plan)}.`], gifWidth(grid.plan.count));
    return { fileName, bytes: new Uint8Array(await denoisingGif(grid, greys(await rasterise(words, 1)))) };
  }
  const svg = await draw(library, request);
  const bytes = format === 'svg' ? new TextEncoder().encode(svg) : new Uint8Array(await rasterise(svg, scale));
  return { fileName, bytes };
}

/** A grey picture's bytes, out of a PNG in colours. */
function greys(png: Uint8Array): Uint8Array {
  const { width, height, channels, data } = decode(png);
  return Uint8Array.from({ length: width * height }, (_, i) => data[i * channels]!);
}

async function draw(library: Library, request: Exclude<FigureRequest, { figure: 'denoising' }>): Promise<string> {
  switch (request.figure) {
    case 'noising':
      return noisingFigure({ ...(await noising(request.seed)), seed: request.seed });
    case 'schedule':
      return scheduleFigure(request.schedule, request.timesteps, scheduleTable(request));
    case 'loss': {
      const run = await library.runs.read(request.run);
      return lossFigure(factsOf(run, run.progress.epoch), await readMetrics(metricsFile(run.folder)));
    }
    case 'results':
    case 'noise-levels': {
      const run = await library.runs.read(request.run);
      const draws = request.figure === 'results' ? resultsFigure : noiseLevelsFigure;
      return draws(factsOf(run, request.epoch), await readSamples(run.folder, request.epoch));
    }
    case 'samples': {
      const run = await library.runs.read(request.run);
      const epochs = request.epochs ?? shownEpochs(run);
      const grids = await Promise.all(epochs.map(async (epoch) => ({ epoch, grid: await readGrid(run.folder, epoch) })));
      return samplesFigure(factsOf(run, epochs.at(-1)!), grids);
    }
    case 'trajectory': {
      const run = await library.runs.read(request.run);
      const grid = await readGrid(run.folder, request.epoch);
      if (request.image >= grid.plan.count)
        throw new StudioError(
          'bad-input',
          `image is ${request.image}; the grid has images 0 to ${grid.plan.count - 1}.`,
          'Choose one of those.',
        );
      return trajectoryFigure(factsOf(run, request.epoch), { epoch: request.epoch, grid }, request.image);
    }
  }
}

/** The epochs that the assignment shows and the run has; where it has none of those, its last. */
export function shownEpochs({ gridEpochs, name }: StoredRun): number[] {
  const shown = gridEpochs.filter((epoch) => SHOWN_EPOCHS.includes(epoch));
  const last = gridEpochs.at(-1);
  if (last === undefined)
    throw new StudioError('not-found', `"${name}" has no samples yet.`, 'The first are there at the end of the first epoch.');
  return shown.length > 0 ? shown : [last];
}

const factsOf = ({ recipe, resolved, progress }: StoredRun, epochs: number): RunFacts => ({
  recipe,
  precision: resolved?.precision ?? recipe.precision,
  device: resolved?.device ?? recipe.device,
  epochs,
  trained: progress.epoch,
});
