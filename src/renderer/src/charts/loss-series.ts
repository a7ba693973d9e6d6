import { computed, type ComputedRef } from 'vue';
import { createSmoothing } from '#contract/curve.ts';
import type { MetricColumns } from '#contract/metrics.ts';
import { stepsPerEpoch, totalSteps, type Recipe } from '#contract/recipe.ts';

/** In this order; a sixth run and those after it are grey. */
const SERIES_COLOURS = ['d1', 'd2', 'd3', 'd4', 'd5'] as const;
export type SeriesColour = (typeof SERIES_COLOURS)[number] | 'ink-4';
export const seriesColour = (index: number): SeriesColour => SERIES_COLOURS[index] ?? 'ink-4';

/** A run's curve, as it comes from the metrics store. */
export interface CurveSource {
  /** stays the same while the curve grows: the run's id */
  key: string;
  /** in the crosshair, the legend and files */
  name: string;
  /** at the end of its line where several are overlaid: a letter */
  mark?: string;
  colour: SeriesColour;
  recipe: Recipe;
  /** absent while it is on its way */
  curve: MetricColumns | undefined;
  /** still growing: its end gets a dot */
  live: boolean;
  /** the epoch whose pictures are shown: its end is marked on the curve */
  epoch?: number | undefined;
}

/** One line of a loss chart. */
export interface LossSeries {
  key: string;
  name: string;
  mark: string | undefined;
  colour: SeriesColour;
  live: boolean;
  /** the epoch whose pictures are shown */
  epoch: number | undefined;
  /** steps of the whole plan */
  total: number;
  stepsPerEpoch: number;
  steps: Int32Array;
  losses: Float32Array;
  /** of every step */
  smooth: Float32Array;
  learningRates: Float32Array;
  /** whether the values of single steps are drawn behind the smoothed line */
  raw: boolean;
  /** the loss on test digits at the ends of epochs */
  testSteps: Int32Array;
  testLosses: Float32Array;
}

const noInts = new Int32Array(0);
const noFloats = new Float32Array(0);

/** What the loss is split into when it is shown by t: the quarters of (0, 1]. */
const QUARTERS = ['t up to ¼', 't up to ½', 't up to ¾', 't up to 1'] as const;

/**
 * The lines of a chart out of runs' curves. Smoothing goes on from where it was, so a curve of a hundred thousand
 * steps may grow at every frame. With `byTime` each curve is split into the quarters of t, where it has them.
 */
export function useLossSeries(
  sources: () => readonly CurveSource[],
  byTime: () => boolean = () => false,
): ComputedRef<readonly LossSeries[]> {
  const smoothings = new Map<string, { total: number; smooth: ReturnType<typeof createSmoothing> }>();
  function smoothed(key: string, losses: Float32Array, total: number): Float32Array {
    let found = smoothings.get(key);
    if (found?.total !== total) smoothings.set(key, (found = { total, smooth: createSmoothing(total) }));
    return found.smooth(losses);
  }
  return computed(() => {
    const used = new Set<string>();
    const series = sources().flatMap((source) => {
      const parts =
        byTime() && source.curve?.quarterLosses !== undefined ? quarters(source, source.curve.quarterLosses) : [plain(source)];
      return parts.map((part) => {
        used.add(part.key);
        return { ...part, smooth: smoothed(part.key, part.losses, part.total) };
      });
    });
    for (const key of smoothings.keys()) if (!used.has(key)) smoothings.delete(key);
    return series;
  });
}

type Unsmoothed = Omit<LossSeries, 'smooth'>;

function plain({ key, name, mark, colour, live, epoch, recipe, curve }: CurveSource): Unsmoothed {
  return {
    key,
    name,
    mark,
    colour,
    live,
    epoch,
    total: totalSteps(recipe),
    stepsPerEpoch: stepsPerEpoch(recipe),
    steps: curve?.steps ?? noInts,
    losses: curve?.losses ?? noFloats,
    learningRates: curve?.learningRates ?? noFloats,
    raw: true,
    testSteps: curve?.testSteps ?? noInts,
    testLosses: curve?.testLosses ?? noFloats,
  };
}

/** Four lines, lowest t first. A step without an image in a quarter is left out there by the smoothing. */
function quarters(source: CurveSource, values: Float32Array): Unsmoothed[] {
  const whole = plain(source);
  return QUARTERS.map((name, quarter) => {
    const losses = new Float32Array(whole.steps.length);
    for (let i = 0; i < losses.length; i++) losses[i] = values[4 * i + quarter]!;
    return {
      ...whole,
      key: `${source.key} ${name}`,
      name,
      mark: ['¼', '½', '¾', '1'][quarter],
      colour: seriesColour(quarter),
      losses,
      raw: false,
      testSteps: noInts,
      testLosses: noFloats,
    };
  });
}
