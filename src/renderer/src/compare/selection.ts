import * as z from 'zod/mini';
import { runIdSchema } from '#contract/run.ts';

/** What is compared and how; it stands in the address, so that a link leads to it and a restart leaves it as it was. */
export interface Selection {
  picks: readonly Pick[];
  /** where the slider over the epochs stands; undefined is at its end */
  epoch: number | undefined;
  view: View;
  /** the two picks of the views of two, by their place in `picks` */
  pair: readonly [number, number];
  seed: number;
}
/** A run, and the epoch it is held at; without one it follows the slider. */
export interface Pick {
  run: string;
  epoch?: number;
}
const VIEWS = ['side', 'wipe', 'difference', 'blink'] as const;
export type View = (typeof VIEWS)[number];

/** As many as there are colours. */
export const MOST_PICKS = 5;
/** Of the grids that runs keep of their epochs. */
export const KEPT_SEED = 0;
export const MOST_SEED = 0xffffffff;

const epochSchema = z.coerce.number().check(z.int(), z.minimum(1));
const seedSchema = z.coerce.number().check(z.int(), z.minimum(0), z.maximum(MOST_SEED));
type Query = Readonly<Record<string, unknown>>;

/** Reads an address; what it holds that can't be is left out. */
export function readSelection(query: Query): Selection {
  const text = (key: string): string => (typeof query[key] === 'string' ? query[key] : '');
  const picks = text('runs')
    .split(',')
    .flatMap((part): Pick[] => {
      const [run = '', at] = part.split('@');
      if (!runIdSchema.safeParse(run).success) return [];
      if (at === undefined) return [{ run }];
      const epoch = epochSchema.safeParse(at);
      return epoch.success ? [{ run, epoch: epoch.data }] : [];
    })
    .slice(0, MOST_PICKS);
  const epoch = epochSchema.safeParse(text('epoch'));
  const view = z.enum(VIEWS).safeParse(query['view']);
  const seed = seedSchema.safeParse(text('seed') || KEPT_SEED);
  const places = text('pair').split('-').map(Number);
  const [a, b] = places;
  const isPair = places.length === 2 && a !== b && places.every((n) => Number.isInteger(n) && n >= 0 && n < picks.length);
  return {
    picks,
    epoch: epoch.success ? epoch.data : undefined,
    view: view.success ? view.data : 'side',
    pair: isPair ? [a!, b!] : [0, 1],
    seed: seed.success ? seed.data : KEPT_SEED,
  };
}

/** The address of a selection; what is as usual is left out. */
export function writeSelection({ picks, epoch, view, pair, seed }: Selection): Record<string, string> {
  const [a, b] = pair;
  return {
    ...(picks.length > 0 && {
      runs: picks.map(({ run, epoch: held }) => (held === undefined ? run : `${run}@${held}`)).join(','),
    }),
    ...(epoch !== undefined && { epoch: String(epoch) }),
    ...(view !== 'side' && { view }),
    ...((a !== 0 || b !== 1) && { pair: `${a}-${b}` }),
    ...(seed !== KEPT_SEED && { seed: String(seed) }),
  };
}

/** Without one of its picks; those after it move up, and so does the pair. */
export function withoutPick(selection: Selection, place: number): Selection {
  const picks = selection.picks.filter((_, i) => i !== place);
  if (picks.length < 2) return { ...selection, picks, pair: [0, 1] };
  const left = selection.pair.filter((i) => i !== place).map((i) => (i > place ? i - 1 : i));
  const free = picks.findIndex((_, i) => !left.includes(i));
  const pair: [number, number] =
    left.length === 2 ? [left[0]!, left[1]!] : selection.pair[0] === place ? [free, left[0]!] : [left[0]!, free];
  return { ...selection, picks, pair };
}
