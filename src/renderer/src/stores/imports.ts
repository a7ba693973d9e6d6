import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowReactive, shallowRef } from 'vue';
import { useRouter } from 'vue-router';
import { ARCHIVE_EXTENSION, isArchiveName, type ImportOutcome, type ImportProgress } from '#contract/archive.ts';
import { useStudio } from '../client.ts';
import { useNotices } from './notices.ts';
import { useRuns } from './runs.ts';

type Imported = Extract<ImportOutcome, { status: 'done' }>;

/** Files that this window gives the studio, one after another. */
type Batch =
  | { status: 'idle' }
  /** `place` of `of` files is on its way */
  | { status: 'importing' | 'cancelling'; file: string; place: number; of: number };

/** What is told of the taking in of files. */
export interface Shown {
  file: string;
  place: number;
  of: number;
  /** undefined until the studio has begun with it */
  progress: ImportProgress | undefined;
  isCancelling: boolean;
}

/**
 * Runs that come as files. This window's own are shown when they are there; those that the menu or another window takes in are
 * told of too, and can be cancelled.
 */
export const useImports = defineStore('imports', () => {
  const studio = useStudio();
  const notices = useNotices();
  const runs = useRuns();
  const router = useRouter();

  const batch = shallowRef<Batch>({ status: 'idle' });
  const waiting: File[] = [];
  /** what the studio takes in, by its number */
  const active = shallowReactive(new Map<number, ImportProgress>());

  onScopeDispose(
    studio.on('import.progress', (progress) => {
      // it was cancelled before the studio had told of it
      const { value } = batch;
      if (!active.has(progress.job) && value.status === 'cancelling' && value.file === progress.file)
        void cancelJob(progress.job);
      active.set(progress.job, progress);
    }),
  );
  onScopeDispose(
    studio.on('import.ended', ({ job, file, status }) => {
      active.delete(job);
      // by another window: its sending breaks off
      const { value } = batch;
      if (status === 'cancelled' && value.status === 'importing' && value.file === file)
        batch.value = { ...value, status: 'cancelling' };
    }),
  );

  const shown = computed((): Shown | undefined => {
    const mine = batch.value;
    const all = [...active.values()];
    if (mine.status !== 'idle') {
      const progress = all.find(({ file }) => file === mine.file);
      return { file: mine.file, place: mine.place, of: mine.of, progress, isCancelling: mine.status === 'cancelling' };
    }
    const progress = all.find(({ phase }) => phase !== 'waiting') ?? all[0];
    return progress && { file: progress.file, place: 1, of: all.length, progress, isCancelling: false };
  });

  /** Takes in the runs of files; others are refused by name. More can come while some are on their way. */
  async function take(files: readonly File[]): Promise<void> {
    refuse(files.filter(({ name }) => !isArchiveName(name)));
    const taken = files.filter(({ name }) => isArchiveName(name));
    waiting.push(...taken);
    const { value } = batch;
    if (value.status !== 'idle') batch.value = { ...value, of: value.of + taken.length };
    else if (taken.length > 0) await work();
  }

  async function work(): Promise<void> {
    const from = router.currentRoute.value.fullPath;
    const done: Imported[] = [];
    let place = 0;
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      place++;
      batch.value = { status: 'importing', file: file.name, place, of: place + waiting.length };
      const outcome = await settle(studio.importFile(file));
      if (outcome?.status === 'done') done.push(outcome);
    }
    const wasCancelled = batch.value.status === 'cancelling';
    batch.value = { status: 'idle' };
    if (done.length > 0) await show(done, from);
    else if (wasCancelled) notices.show({ tone: 'info', title: 'The import was cancelled', text: 'Nothing of it was taken.' });
  }
  /** What became of a file; what went wrong is told, unless nobody wants it any more. */
  async function settle(outcome: Promise<ImportOutcome>): Promise<ImportOutcome | undefined> {
    try {
      return await outcome;
    } catch (error) {
      if (batch.value.status !== 'cancelling') notices.report(error);
      return undefined;
    }
  }

  function refuse(files: readonly File[]): void {
    if (files.length === 0) return;
    const names = files.slice(0, 3).map(({ name }) => name);
    const more = files.length - names.length;
    notices.show({
      tone: 'bad',
      title: `Not taken: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      text: `Runs come as files that end in ${ARCHIVE_EXTENSION}. “Export as a file” in a run’s menu makes one.`,
    });
  }

  /** Shows what has come: the one run, or several in the list. Who has gone elsewhere meanwhile is asked. */
  async function show(done: readonly Imported[], from: string): Promise<void> {
    const come = await notices.attempt(Promise.all(done.map(({ id }) => runs.fetch(id))));
    if (come === undefined) return;
    const [first] = done;
    const to =
      done.length === 1
        ? { name: 'run', params: { id: first!.id } }
        : { name: 'runs', query: { marked: done.map(({ id }) => id).join(',') } };
    const stays = router.currentRoute.value.fullPath !== from;
    const renamed = done.filter(({ formerId }) => formerId !== undefined).length;
    notices.show({
      tone: 'ok',
      title: done.length === 1 ? `${come[0]!.name} is imported` : `${done.length} runs are imported`,
      ...(renamed > 0 && { text: besideOther(renamed, done.length) }),
      ...(stays && { action: { label: 'Show', run: () => void router.push(to) } }),
    });
    if (!stays) await router.push(to);
  }
  const besideOther = (renamed: number, all: number): string =>
    all === 1
      ? 'A run with its id was here already. It stands beside that one, under an id of its own.'
      : `${renamed === all ? 'All' : renamed} of them were here already, and stand beside those under ids of their own.`;

  const cancelJob = (job: number): Promise<undefined> => notices.attempt(studio.call('imports.cancel', { job }));
  /** Ends what is told of, and what of this window's waits behind it. */
  async function cancel(): Promise<void> {
    waiting.length = 0;
    if (batch.value.status === 'importing') batch.value = { ...batch.value, status: 'cancelling' };
    await Promise.all([...active.keys()].map(cancelJob));
  }
  return { shown, take, cancel };
});
