import type { FigureRequest } from './figure.ts';
import { differencesFromAssigned, partOf, parts, presetRecipe, type Part } from './preset.ts';
import { defaultRecipe, recipeFields, TRAIN_IMAGES, type Recipe, type RecipeField } from './recipe.ts';
import type { Run } from './run.ts';
import { count } from './words.ts';

/** The sections of the assignment that ask for something to be handed in. */
export type Section = '1.2' | '1.2.2' | '2.2' | '2.3' | '2.4' | '2.5' | 'gifs' | 'flow';

interface Asked {
  id: string;
  section: Section;
  title: string;
  /** the assignment's number for it, where it has one */
  figure: string;
  /** false for bells and whistles */
  required: boolean;
  /** absent: it is made without a run */
  part?: Part;
  format: 'png' | 'gif';
  /** what there is to see, in the report where a person writes nothing of their own */
  explains: string;
  /** how it is drawn from a run, with what it takes for that of the epochs that are asked for; undefined while there is nothing */
  draw: (run: DrawnRun) => Drawing | undefined;
}
/** What decides how a run serves: of a run in a window as well as of one on disk. */
export type DrawnRun = Pick<Run, 'id' | 'name' | 'recipe' | 'progress' | 'sampledEpochs' | 'gridEpochs'>;

interface Drawing {
  request: FigureRequest;
  /** epochs that should be in it and are not */
  missing: readonly number[];
}

const lossOf = (run: DrawnRun): Drawing | undefined =>
  run.progress.step > 0 ? { request: { figure: 'loss', run: run.id }, missing: [] } : undefined;

/** Of the epochs that a run has pictures of: the one asked for, else the last one that is later than `after`. */
function nearest(epochs: readonly number[], asked: number, after = 0): number | undefined {
  const last = epochs.at(-1);
  if (epochs.includes(asked)) return asked;
  return last !== undefined && last > after ? last : undefined;
}
const one = (epoch: number | undefined, asked: number, request: (epoch: number) => FigureRequest): Drawing | undefined =>
  epoch === undefined ? undefined : { request: request(epoch), missing: epoch === asked ? [] : [asked] };

const epochsOf = (part: Part): number => presetRecipe(part, 'assigned').epochs;

/** Grids of samples after some epochs: those that are there, or the last one where none is. */
function samplesOf(run: DrawnRun, asked: readonly number[]): Drawing | undefined {
  const there = asked.filter((epoch) => run.gridEpochs.includes(epoch));
  const last = run.gridEpochs.at(-1);
  if (last === undefined) return undefined;
  const epochs = there.length > 0 ? there : [last];
  return { request: { figure: 'samples', run: run.id, epochs }, missing: asked.filter((epoch) => !epochs.includes(epoch)) };
}

const lossRow = (part: Part, section: Section, figure: string, required = true): Asked => ({
  id: `${part}-loss`,
  section,
  title: 'Training loss',
  figure,
  required,
  part,
  format: 'png',
  explains:
    'The loss of every training step as a band, smoothed as a line, on a logarithmic axis; dashed lines mark the ends of epochs.',
  draw: lossOf,
});
const samplesRow = (part: Part, section: Section, epochs: readonly number[], required = true): Asked => ({
  id: `${part}-samples`,
  section,
  title: `Samples after epochs ${epochs.join(' and ')}`,
  figure: '',
  required,
  part,
  format: 'png',
  explains:
    part === 'class'
      ? 'Four samples of each digit, a digit a column, from the same noise after each of these epochs.'
      : 'Samples from the same noise after each of these epochs.',
  draw: (run) => samplesOf(run, epochs),
});
const gifRow = (part: Part, section: Section, title: string): Asked => ({
  id: `${part}-gif`,
  section,
  title,
  figure: '',
  required: false,
  part,
  format: 'gif',
  explains: 'The samples on their way from pure noise, at t = T, to digits, at t = 0.',
  draw: (run) =>
    one(nearest(run.gridEpochs, epochsOf(part)), epochsOf(part), (epoch) => ({ figure: 'denoising', run: run.id, epoch })),
});

const LAST_OF_DENOISER = epochsOf('denoiser');
const rows: readonly Asked[] = [
  {
    id: 'noising',
    section: '1.2',
    title: 'Noising, seven levels',
    figure: 'fig. 3',
    required: true,
    format: 'png',
    explains: 'Five digits, and the same with more and more noise: z = x + σε, with σ from 0 to 1.',
    draw: () => undefined,
  },
  lossRow('denoiser', '1.2', 'fig. 4'),
  {
    id: 'denoiser-first',
    section: '1.2',
    title: 'Test digits after epoch 1',
    figure: 'fig. 5',
    required: true,
    part: 'denoiser',
    format: 'png',
    explains: 'Digits of the test split, the same with noise, and what the network makes of them after one epoch.',
    draw: (run) =>
      run.sampledEpochs.includes(1) ? { request: { figure: 'results', run: run.id, epoch: 1 }, missing: [] } : undefined,
  },
  {
    id: 'denoiser-last',
    section: '1.2',
    title: `Test digits after epoch ${LAST_OF_DENOISER}`,
    figure: 'fig. 6',
    required: true,
    part: 'denoiser',
    format: 'png',
    explains: 'The same digits and noise at the end of training.',
    // after the first epoch it would be figure 5 once more
    draw: (run) =>
      one(nearest(run.sampledEpochs, LAST_OF_DENOISER, 1), LAST_OF_DENOISER, (epoch) => ({
        figure: 'results',
        run: run.id,
        epoch,
      })),
  },
  {
    id: 'denoiser-levels',
    section: '1.2.2',
    title: 'Other noise levels',
    figure: 'fig. 7',
    required: true,
    part: 'denoiser',
    format: 'png',
    explains: 'One test digit at noise levels that the network was not trained for, and what it makes of each.',
    draw: (run) =>
      one(nearest(run.sampledEpochs, LAST_OF_DENOISER), LAST_OF_DENOISER, (epoch) => ({
        figure: 'noise-levels',
        run: run.id,
        epoch,
      })),
  },
  lossRow('time', '2.2', 'fig. 10'),
  samplesRow('time', '2.3', [5, epochsOf('time')]),
  lossRow('class', '2.4', 'fig. 11'),
  samplesRow('class', '2.5', [5, epochsOf('class')]),
  gifRow('time', 'gifs', 'GIF of the time model’s samples'),
  gifRow('class', 'gifs', 'GIF of the class model’s samples'),
  lossRow('flow', 'flow', '', false),
  samplesRow('flow', 'flow', [5, epochsOf('flow')], false),
];

/**
 * Something that the assignment asks for, and how far it is. Only a run at the assigned settings that reached its
 * epochs makes it done; any other run shows it as a preview, whose shortfalls say why.
 */
export interface Deliverable<R extends DrawnRun = Run> {
  id: string;
  section: Section;
  title: string;
  /** the assignment's number for it, or empty */
  figure: string;
  required: boolean;
  part: Part | undefined;
  format: 'png' | 'gif';
  explains: string;
  state: 'done' | 'preview' | 'open';
  /** the run that it is made from */
  run: R | undefined;
  request: FigureRequest | undefined;
  /** what keeps a preview from counting, each in words; empty for what is done or open */
  shortfalls: readonly string[];
}

interface Candidate<R> {
  run: R;
  /** what keeps the run as a whole from counting */
  shortfalls: readonly string[];
  closeness: Closeness;
}

/** How close a run comes to what is asked for, in the order in which it is weighed; more is closer. */
type Closeness = readonly [counts: number, epochs: number, kin: number, loss: number];

/** What is learned, and by which network: where one of these differs, a loss says nothing beside another. */
const KIN: readonly RecipeField[] = ['model', 'sigma', 'timesteps', 'schedule', 'timeSampling'];

function candidateOf<R extends DrawnRun>(part: Part, run: R): Candidate<R> {
  const { recipe, progress } = run;
  const loss = progress.epochLosses.at(-1) ?? NaN;
  const shortfalls = shortfallsOf(part, run);
  const others = differencesFromAssigned(part, recipe).filter((field) => field !== 'epochs');
  return {
    run,
    shortfalls,
    closeness: [
      shortfalls.length === 0 ? 1 : 0,
      others.length === 0 ? Math.min(progress.epoch, epochsOf(part)) : 0,
      -others.filter((field) => KIN.includes(field)).length,
      Number.isFinite(loss) ? -loss : -Infinity,
    ],
  };
}

/** A part's runs, the closest first. */
const candidatesOf = <R extends DrawnRun>(part: Part, runs: readonly R[]): Candidate<R>[] =>
  closestFirst(runs.flatMap((run) => (partOf(run.recipe) === part ? [candidateOf(part, run)] : [])));

/**
 * The closest first: what counts; then most epochs at the assigned settings; then the assigned network on the assigned
 * noise; then the lowest loss of the last epoch. Those that are alike stay as they come.
 */
const closestFirst = <R>(candidates: readonly Candidate<R>[]): Candidate<R>[] =>
  candidates.toSorted(({ closeness: a }, { closeness: b }) => {
    const weighed = a.findIndex((value, i) => value !== b[i]);
    return weighed < 0 ? 0 : b[weighed]! > a[weighed]! ? 1 : -1;
  });

/** What may be told about how deliverables are to be made. */
interface Wishes {
  /** of the noising figure, which needs no run */
  seed?: number;
  /** the run that serves a deliverable, by the deliverable's id; the best one serves where that run can't */
  runs?: Readonly<Record<string, string>>;
}

/**
 * Every deliverable of the assignment, in its order, out of the runs of a library, newest first. A run that counts serves
 * it; where none does, the one that comes closest.
 */
export function deliverables<R extends DrawnRun>(runs: readonly R[], wishes: Wishes = {}): Deliverable<R>[] {
  const byPart = new Map(parts.map((part) => [part, candidatesOf(part, runs)]));
  return rows.map((row): Deliverable<R> => {
    const open = openOf<R>(row);
    if (row.part === undefined)
      return { ...open, state: 'done', request: { figure: 'noising', seed: wishes.seed ?? defaultRecipe.seed } };
    const candidates = byPart.get(row.part) ?? [];
    const wished = candidates.find(({ run }) => run.id === wishes.runs?.[row.id]);
    const asWished = wished === undefined ? undefined : madeFrom(row, wished);
    if (asWished !== undefined) return asWished;
    let preview: Deliverable<R> | undefined;
    for (const candidate of candidates) {
      if (preview !== undefined && candidate.shortfalls.length > 0) break;
      const made = madeFrom(row, candidate);
      if (made?.state === 'done') return made;
      preview ??= made;
    }
    return preview ?? open;
  });
}

/** A deliverable as each run that can serve it makes it, the runs newest first: those that count, then those that come closest. */
export function servings<R extends DrawnRun>(id: string, runs: readonly R[]): Deliverable<R>[] {
  const row = rows.find((r) => r.id === id);
  const { part } = row ?? {};
  if (row === undefined || part === undefined) return [];
  const made = candidatesOf(part, runs).flatMap((candidate) => madeFrom(row, candidate) ?? []);
  return [...made.filter((d) => d.state === 'done'), ...made.filter((d) => d.state !== 'done')];
}

/** The runs of a part in the order in which they serve its deliverables, of those that are given newest first. */
export const closestRuns = <R extends DrawnRun>(part: Part, runs: readonly R[]): R[] =>
  candidatesOf(part, runs).map(({ run }) => run);

function openOf<R extends DrawnRun>({ id, section, title, figure, required, part, format, explains }: Asked): Deliverable<R> {
  const asked = { id, section, title, figure, required, part, format, explains };
  return { ...asked, state: 'open', run: undefined, request: undefined, shortfalls: [] };
}

/** A deliverable out of a run; undefined while it has nothing for it. */
function madeFrom<R extends DrawnRun>(row: Asked, { run, shortfalls }: Candidate<R>): Deliverable<R> | undefined {
  const drawing = row.draw(run);
  if (drawing === undefined) return undefined;
  const all = [...shortfalls, ...missingInWords(drawing.missing, run)];
  return {
    ...openOf<R>(row),
    state: all.length === 0 ? 'done' : 'preview',
    run,
    request: drawing.request,
    shortfalls: all,
  };
}

/** The pictures that are missing though the run is far enough: it was copied without them, or they were removed. */
const missingInWords = (missing: readonly number[], run: DrawnRun): string[] =>
  missing.filter((epoch) => epoch <= run.progress.epoch).map((epoch) => `epoch ${epoch} is not among its pictures`);

/** What keeps a run from counting for a part: settings that are not the assigned ones, epochs that are still to come. */
function shortfallsOf(part: Part, { recipe, progress }: Pick<Run, 'recipe' | 'progress'>): string[] {
  const assigned = presetRecipe(part, 'assigned');
  const settings = differencesFromAssigned(part, recipe)
    .filter((field) => field !== 'epochs' || recipe.epochs > assigned.epochs)
    .map((field) => differenceInWords(field, recipe, assigned));
  return progress.epoch < assigned.epochs ? [...settings, `${progress.epoch} of ${assigned.epochs} epochs`] : settings;
}

function differenceInWords(field: RecipeField, recipe: Recipe, assigned: Recipe): string {
  const plain = (value: number | string): string => (typeof value === 'number' ? count(value) : value);
  switch (field) {
    case 'width':
      return `D = ${plain(recipe.width)}, not ${plain(assigned.width)}`;
    case 'sigma':
      return `σ = ${plain(recipe.sigma)}, not ${plain(assigned.sigma)}`;
    case 'timesteps':
      return `T = ${plain(recipe.timesteps)}, not ${plain(assigned.timesteps)}`;
    case 'subset':
      return `${plain(recipe.subset)} of ${plain(TRAIN_IMAGES)} digits`;
    default: {
      const { label } = recipeFields[field];
      // EMA stays EMA
      const name = /^[A-Z]{2}/.test(label) ? label : `${label[0]!.toLowerCase()}${label.slice(1)}`;
      return `${name} ${plain(recipe[field])}, not ${plain(assigned[field])}`;
    }
  }
}

/** What a figure of a run must say about how it was made: `D = 128, 5 epochs, 60,000 digits, float32, onnx-cpu`. */
export function statementOf({ recipe, progress, resolved }: Pick<Run, 'recipe' | 'progress' | 'resolved'>): string {
  const epochs =
    progress.epoch === recipe.epochs
      ? `${recipe.epochs} ${recipe.epochs === 1 ? 'epoch' : 'epochs'}`
      : `${progress.epoch} of ${recipe.epochs} epochs`;
  const precision = resolved?.precision ?? recipe.precision;
  return [
    `D = ${recipe.width}`,
    epochs,
    `${count(recipe.subset)} digits`,
    ...(precision === 'auto' ? [] : [precision]),
    ...(resolved === undefined ? [] : [resolved.device]),
  ].join(', ');
}
