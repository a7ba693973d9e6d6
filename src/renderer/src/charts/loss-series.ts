import { computed, type ComputedRef } from 'vue';
import { createSmoothing, smoothingReach } from '#contract/curve.ts';
import { Extremes, sameUntil } from '#contract/extremes.ts';
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
  batchSize: number;
  steps: Int32Array;
  losses: Float32Array;
  /** of every step */
  smooth: Float32Array;
  learningRates: Float32Array;
  /** of training up to the end of each step */
  seconds: Float32Array;
  /** whether the values of single steps are drawn behind the smoothed line */
  raw: boolean;
  /** of the losses of single steps */
  extremes: Extremes;
  /** where the smoothed loss is lowest; -1 where there is none */
  lowest: number;
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
  const growing = new Map<string, GrowingSeries>();
  return computed(() => {
    const used = new Set<string>();
    const of = (key: string, total: number): GrowingSeries => {
      used.add(key);
      let found = growing.get(key);
      if (found?.total !== total) growing.set(key, (found = new GrowingSeries(total)));
      return found;
    };
    const series = sources().flatMap((source) => {
      const whole = plain(source);
      const quarterLosses = byTime() ? source.curve?.quarterLosses : undefined;
      if (quarterLosses === undefined) return [{ ...whole, ...of(whole.key, whole.total).grow(whole.losses) }];
      return QUARTERS.map((name, quarter) => {
        const key = `${whole.key} ${name}`;
        const own = of(key, whole.total);
        const losses = own.column(quarterLosses, quarter);
        return { ...whole, ...quarterOf(name, quarter), key, losses, ...own.grow(losses) };
      });
    });
    for (const key of growing.keys()) if (!used.has(key)) growing.delete(key);
    return series;
  });
}

/** What is known of one line's losses, kept while they grow: only what is new is looked at. */
class GrowingSeries {
  readonly total: number;
  private readonly smoothing: (losses: Float32Array) => Float32Array;
  private readonly raw = new Extremes();
  private readonly smoothed = new Extremes();
  private losses: Float32Array = noFloats;
  private quarterLosses: Float32Array = noFloats;
  private memory = new Float32Array(0);

  constructor(total: number) {
    this.total = total;
    this.smoothing = createSmoothing(total);
  }
  grow(losses: Float32Array): Pick<LossSeries, 'smooth' | 'extremes' | 'lowest'> {
    const same = sameUntil(this.losses, losses);
    this.losses = losses;
    const smooth = this.smoothing(losses);
    this.raw.update(losses, same);
    this.smoothed.update(smooth, Math.max(0, same - smoothingReach(this.total)));
    return { smooth, extremes: this.raw, lowest: this.smoothed.lowest() };
  }
  /** One of the four numbers that each step has. */
  column(quarterLosses: Float32Array, quarter: number): Float32Array {
    const same = Math.floor(sameUntil(this.quarterLosses, quarterLosses) / QUARTERS.length);
    this.quarterLosses = quarterLosses;
    const length = Math.floor(quarterLosses.length / QUARTERS.length);
    // what was given out stays as it is: what differs is written to other memory
    if (same < this.losses.length || length > this.memory.length) {
      const larger = new Float32Array(Math.max(1024, length, length > this.memory.length ? 2 * this.memory.length : 0));
      larger.set(this.losses.subarray(0, same));
      this.memory = larger;
    }
    for (let i = same; i < length; i++) this.memory[i] = quarterLosses[QUARTERS.length * i + quarter]!;
    return this.memory.subarray(0, length);
  }
}

type Unsmoothed = Omit<LossSeries, 'smooth' | 'extremes' | 'lowest'>;

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
    batchSize: recipe.batchSize,
    steps: curve?.steps ?? noInts,
    losses: curve?.losses ?? noFloats,
    learningRates: curve?.learningRates ?? noFloats,
    seconds: curve?.seconds ?? noFloats,
    raw: true,
    testSteps: curve?.testSteps ?? noInts,
    testLosses: curve?.testLosses ?? noFloats,
  };
}

/** Lines lowest t first. A step without an image in a quarter is left out there by the smoothing. */
const quarterOf = (name: string, quarter: number) => ({
  name,
  mark: ['¼', '½', '¾', '1'][quarter],
  colour: seriesColour(quarter),
  raw: false,
  testSteps: noInts,
  testLosses: noFloats,
});
