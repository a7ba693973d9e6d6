import { smoothLosses } from '#contract/curve.ts';
import type { FigureRequest } from '#contract/figure.ts';
import { lossCsv } from '#contract/loss-csv.ts';
import { partOf } from '#contract/preset.ts';
import { stepsPerEpoch, totalSteps } from '#contract/recipe.ts';
import type { CallOutput } from '#contract/studio.ts';
import { encodeTensors, floatTensor, type Tensor } from '#engine/tensors/safetensors.ts';
import { figureFileName } from '#figures/file-name.ts';
import { encodeGrid, readGrid } from '#library/grids.ts';
import type { Library } from '#library/library.ts';
import { readMetrics } from '#library/metrics.ts';
import { metricsFile } from '#library/run-folder.ts';
import { encodeSamples, readSamples } from '#library/samples.ts';
import { noising } from './noising.ts';
import { shownEpochs } from './render-figure.ts';
import { scheduleTable } from './schedule-table.ts';

/**
 * The numbers that a figure is drawn from, as a file: curves as CSV, images as safetensors, unclamped and before any
 * grey window. Throws a StudioError `not-found` for a run or an epoch that isn't there.
 */
export async function figureData(library: Library, request: FigureRequest): Promise<CallOutput<'figures.data'>> {
  const run = 'run' in request ? await library.runs.read(request.run) : undefined;
  const part = run && partOf(run.recipe);
  const csv = (text: string) => ({
    fileName: figureFileName(request, 'csv', part),
    bytes: new Uint8Array(new TextEncoder().encode(text)),
  });
  const tensors = (bytes: Uint8Array<ArrayBuffer>) => ({ fileName: figureFileName(request, 'safetensors', part), bytes });
  switch (request.figure) {
    case 'noising': {
      const { digits, sigmas, images } = await noising(request.seed);
      const file = new Map([
        ['sigmas', floatTensor([sigmas.length], sigmas)],
        ['images', floatTensor([digits, sigmas.length, 28, 28], images)],
      ]);
      return tensors(encodeTensors(file, { seed: String(request.seed) }));
    }
    case 'schedule': {
      const { beta, alpha, alphaBar, snr } = scheduleTable(request);
      // no step leads to t = 0: it has no β
      const rows = Array.from(alphaBar, (value, t) =>
        [t, t === 0 ? '' : beta[t], t === 0 ? '' : alpha[t], value, t === 0 ? '' : snr[t]].join(','),
      );
      return csv(`${['t,beta,alpha,alpha_bar,snr', ...rows].join('\n')}\n`);
    }
    case 'loss': {
      const { recipe, folder, name } = run!;
      const metrics = await readMetrics(metricsFile(folder));
      const smooth = smoothLosses(metrics.losses, totalSteps(recipe));
      return csv(lossCsv([{ ...metrics, name, smooth, stepsPerEpoch: stepsPerEpoch(recipe) }]));
    }
    case 'results':
    case 'noise-levels':
      return tensors(encodeSamples(await readSamples(run!.folder, request.epoch)));
    case 'samples': {
      const file = new Map<string, Tensor>();
      const plans: Record<string, unknown> = {};
      for (const epoch of request.epochs ?? shownEpochs(run!)) {
        const { images, plan } = await readGrid(run!.folder, epoch);
        const name = `epoch-${String(epoch).padStart(4, '0')}`;
        file.set(`${name}.samples`, floatTensor([plan.count, 1, 28, 28], images));
        if (plan.labels !== null)
          file.set(`${name}.classes`, {
            kind: 'I64',
            shape: [plan.count],
            data: BigInt64Array.from(plan.labels, BigInt),
          });
        plans[name] = plan;
      }
      return tensors(encodeTensors(file, { plans: JSON.stringify(plans) }));
    }
    case 'trajectory':
    case 'denoising':
      return tensors(encodeGrid(await readGrid(run!.folder, request.epoch)));
  }
}
