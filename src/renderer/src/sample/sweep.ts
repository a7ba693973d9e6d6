import type { Run } from '#contract/run.ts';
import { samplersOf, type SamplingOptions } from '#contract/sampling.ts';
import { samplerNames } from '../plan-words.ts';

/** What changes from column to column, while noise and everything else stay. */
export type SweepKind = 'guidance' | 'steps' | 'epochs';

export interface SweepColumn {
  /** what is its own: `γ = 5` */
  label: string;
  epoch: number;
  options: SamplingOptions;
}

const GUIDANCES = [0, 1, 2, 5, 10];
const STEPS = [2, 5, 10, 25, 50, 100];
/** More rows are too small to be read. */
const MOST_ROWS = 10;

/** The sweeps that a run's networks have something to say in. */
export const sweepsOf = (run: Run): SweepKind[] => [
  ...(run.recipe.conditioning === 'class' ? (['guidance'] as const) : []),
  'steps',
  ...(run.checkpoints.length > 1 ? (['epochs'] as const) : []),
];

const ascending = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b);

/**
 * The columns of a sweep at a checkpoint; `options` apply to the run. Images have the same noise in all of them. DDPM takes
 * all of its steps and no other number, so steps are swept by DDIM.
 */
export function sweepColumns(kind: SweepKind, run: Run, epoch: number, options: SamplingOptions): SweepColumn[] {
  const each = { ...options, count: Math.min(MOST_ROWS, options.count) };
  if (kind === 'guidance')
    return ascending([...GUIDANCES, options.guidance]).map((guidance) => ({
      label: `γ = ${guidance}`,
      epoch,
      options: { ...each, guidance },
    }));
  if (kind === 'epochs')
    return ascending(run.checkpoints.map((checkpoint) => checkpoint.epoch)).map((at) => ({
      label: `epoch ${at}`,
      epoch: at,
      options: each,
    }));
  const { objective, timesteps } = run.recipe;
  const chosen = options.sampler ?? samplersOf[objective][0]!;
  const sampler = chosen === 'ddpm' ? 'ddim' : chosen;
  const most = sampler === 'ddim' ? [timesteps] : [];
  const asked = chosen === 'ddpm' || options.steps === undefined ? [] : [options.steps];
  return ascending([...STEPS.filter((steps) => sampler !== 'ddim' || steps <= timesteps), ...most, ...asked]).map((steps) => ({
    label: steps === 1 ? '1 step' : `${steps} steps`,
    epoch,
    options: { ...each, sampler, steps },
  }));
}

/** What a sweep shows, in a few words. */
export function sweepInWords(kind: SweepKind, columns: readonly SweepColumn[]): string {
  const { options, epoch } = columns[0]!;
  const noise = `the same noise in each column, seed ${options.seed}`;
  if (kind === 'epochs') return `Every checkpoint, ${noise}.`;
  if (kind === 'guidance') return `Guidance at epoch ${epoch}, ${noise}.`;
  return `Steps of ${samplerNames[options.sampler!]} at epoch ${epoch}, ${noise}.`;
}
