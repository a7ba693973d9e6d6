import { StudioError } from '#contract/error.ts';
import type { FigureRequest } from '#contract/figure.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { RunFacts } from '#figures/caption.ts';
import { figureFileName } from '#figures/file-name.ts';
import { lossFigure } from '#figures/loss.ts';
import { noisingFigure } from '#figures/noising.ts';
import { noiseLevelsFigure, resultsFigure } from '#figures/results.ts';
import type { Library } from '#library/library.ts';
import { readMetrics } from '#library/metrics.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import { readSamples } from '#library/samples.ts';
import { rasterise } from './figures/rasterise.ts';
import { noising } from './noising.ts';

/**
 * A figure as a file, from what the library holds. `scale` is a PNG's pixels for each unit of the drawing.
 * Throws a StudioError `not-found` for a run or an epoch that isn't there.
 */
export async function renderFigure(
  library: Library,
  request: FigureRequest,
  format: 'svg' | 'png' | 'gif',
  scale: number,
): Promise<CallOutput<'figures.render'>> {
  if (format === 'gif') throw new StudioError('bad-input', `A figure "${request.figure}" is no GIF.`, 'Ask for an SVG or a PNG.');
  const svg = await draw(library, request);
  const bytes = format === 'svg' ? new TextEncoder().encode(svg) : new Uint8Array(await rasterise(svg, scale));
  return { fileName: figureFileName(request, format), bytes };
}

async function draw(library: Library, request: FigureRequest): Promise<string> {
  if (request.figure === 'noising') return noisingFigure({ ...(await noising(request.seed)), seed: request.seed });
  if (request.figure === 'schedule') throw notYet();
  const run = await library.runs.read(request.run);
  if (request.figure === 'loss') return lossFigure(factsOf(run, run.progress.epoch), await readMetrics(metricsFile(run.folder)));
  if (request.figure !== 'results' && request.figure !== 'noise-levels') throw notYet();
  const draws = request.figure === 'results' ? resultsFigure : noiseLevelsFigure;
  return draws(factsOf(run, request.epoch), await readSamples(run.folder, request.epoch));
}

const notYet = (): StudioError => new StudioError('state', 'This version does not draw it yet.', 'Update From Noise.');
const factsOf = ({ recipe, resolved }: StoredRun, epochs: number): RunFacts => ({
  recipe,
  precision: resolved?.precision ?? recipe.precision,
  epochs,
});
