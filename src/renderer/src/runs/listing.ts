import { totalSteps } from '#contract/recipe.ts';
import type { Run, RunStatus } from '#contract/run.ts';
import { partInWords, recipeInWords } from '../recipe-words.ts';
import { readingsOf } from '../run/run-readings.ts';
import { statusWords } from '../status-words.ts';

export type SortKey = 'name' | 'status' | 'progress' | 'time' | 'loss' | 'size' | 'created';
export type Show = 'all' | 'active' | 'finished';

/** How the table of runs is looked at. */
export interface Listing {
  find: string;
  show: Show;
  sort: SortKey;
  descending: boolean;
}

/** In the order of their urgency. */
const RANK: readonly RunStatus[] = ['training', 'queued', 'paused', 'interrupted', 'failed', 'stopped', 'completed'];
const isActive = ({ state }: Run): boolean => state.status !== 'completed' && state.status !== 'stopped';

/** Whether every word of a search is somewhere in the run's name, tags, notes, status, id or recipe. */
export function matches(run: Run, find: string): boolean {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { name, tags, notes, state, id, recipe } = run;
  const text = [name, ...tags, notes, statusWords[state.status], id, partInWords(recipe), recipeInWords(recipe)]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The runs that a listing shows, in its order. By date, what trains and what waits comes first, as it will train. */
export function listed(
  runs: readonly Run[],
  { find, show, sort, descending }: Listing,
  bytesOf: (id: string) => number | undefined,
): Run[] {
  const shown = runs.filter((run) => (show === 'all' || isActive(run) === (show === 'active')) && matches(run, find));
  const sign = descending ? -1 : 1;
  const key = keyOf(sort, bytesOf);
  const keys = new Map(shown.map((run) => [run.id, key(run)]));
  return shown.sort((a, b) => {
    if (sort === 'created') {
      const urgent = urgency(a) - urgency(b);
      if (urgent !== 0 && Number.isFinite(urgent)) return urgent;
      if (a.state.status === 'queued' && b.state.status === 'queued') return a.state.queuedAt - b.state.queuedAt;
    }
    const [x, y] = [keys.get(a.id), keys.get(b.id)];
    // what is not known stands last in either direction
    if (x === undefined || y === undefined) return x === y ? newest(a, b) : x === undefined ? 1 : -1;
    const order = typeof x === 'string' ? collator.compare(x, String(y)) : x - Number(y);
    return order === 0 ? newest(a, b) : sign * order;
  });
}
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const newest = (a: Run, b: Run): number => b.createdAt - a.createdAt;
const urgency = ({ state: { status } }: Run): number => (status === 'training' ? 0 : status === 'queued' ? 1 : 2);

function keyOf(sort: SortKey, bytesOf: (id: string) => number | undefined): (run: Run) => string | number | undefined {
  switch (sort) {
    case 'name':
      return ({ name }) => name;
    case 'status':
      return ({ state }) => RANK.indexOf(state.status);
    case 'progress':
      return (run) => readingsOf(run).step / totalSteps(run.recipe);
    case 'time':
      return (run) => readingsOf(run).secondsLeft ?? run.progress.seconds;
    case 'loss':
      return (run) => readingsOf(run).loss;
    case 'size':
      return ({ id }) => bytesOf(id);
    case 'created':
      return ({ createdAt }) => createdAt;
  }
}
