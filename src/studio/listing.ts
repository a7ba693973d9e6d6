import type { CallInput, CallOutput } from '#contract/studio.ts';
import type { StoredRun } from '#library/run-folder.ts';
import type { Watcher } from './watcher.ts';

type Place = NonNullable<NonNullable<CallInput<'runs.list'>>['before']>;

/** The first page is more than a window has room for; the others come while it shows that. */
const FIRST_PAGE = 60;
const PAGE = 250;

const isBehind = (a: Place, b: Place): boolean => a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id);

/**
 * A page of the runs, the newest of those that come behind a place. While the first look at the library is under way, a
 * page holds what has been found; the last one waits for its end, and what was found in between is told by events.
 */
export async function listPage(
  watcher: Pick<Watcher, 'known' | 'toRun' | 'isComplete' | 'complete'>,
  before: Place | undefined,
): Promise<CallOutput<'runs.list'>> {
  const size = before === undefined ? FIRST_PAGE : PAGE;
  const rest = (): StoredRun[] =>
    watcher
      .known()
      .filter((run) => before === undefined || isBehind(run, before))
      .sort((a, b) => (isBehind(a, b) ? 1 : -1));
  let runs = rest();
  if (!watcher.isComplete && runs.length === 0) {
    await watcher.complete;
    runs = rest();
  }
  const more = runs.length > size || !watcher.isComplete;
  return { runs: runs.slice(0, size).map((run) => watcher.toRun(run)), more };
}
