import { defineStore } from 'pinia';
import { computed, markRaw, onScopeDispose, ref, shallowReactive } from 'vue';
import type { DEVICES } from '#contract/recipe.ts';
import type { ThinningRequest } from '#contract/housekeeping.ts';
import type { Run } from '#contract/run.ts';
import type { CallInput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';

/** Every run of the library, as the studio last told it. */
export const useRuns = defineStore('runs', () => {
  const studio = useStudio();
  const byId = shallowReactive(new Map<string, Run>());
  /** all of them are there */
  const loaded = ref(false);
  /** runs with a request of this window under way */
  const busy = shallowReactive(new Set<string>());
  // what events said while a list was on its way: newer than the list
  let touched: Set<string> | undefined;

  /** Takes the list in page by page: the first is on the screen while the others are on their way. */
  async function load(): Promise<void> {
    const mine = (touched = new Set());
    const listed = new Set<string>();
    let last: Run | undefined;
    for (let more = true; more;) {
      const page = await studio.call('runs.list', last && { before: { createdAt: last.createdAt, id: last.id } });
      // a later call has begun anew
      if (touched !== mine) return;
      for (const run of page.runs) {
        listed.add(run.id);
        if (!mine.has(run.id)) byId.set(run.id, run);
      }
      last = page.runs.at(-1);
      more = page.more && last !== undefined;
    }
    for (const id of [...byId.keys()]) if (!listed.has(id) && !mine.has(id)) byId.delete(id);
    touched = undefined;
    loaded.value = true;
  }
  function onChanged(run: Run): void {
    touched?.add(run.id);
    byId.set(run.id, run);
  }
  onScopeDispose(studio.on('run.changed', onChanged));
  onScopeDispose(studio.on('runs.found', ({ runs }) => runs.forEach(onChanged)));
  onScopeDispose(
    studio.on('run.removed', ({ id }) => {
      touched?.add(id);
      byId.delete(id);
    }),
  );

  /** newest first. Raw: a run is replaced and never changed, and a thousand proxies are slow to read through */
  const list = computed(() => markRaw([...byId.values()].sort((a, b) => b.createdAt - a.createdAt)));
  const training = computed(() => list.value.find((run) => run.state.status === 'training'));
  /** waiting runs, first come first */
  const queue = computed(() =>
    list.value
      .flatMap((run) => (run.state.status === 'queued' ? [{ run, at: run.state.queuedAt }] : []))
      .sort((a, b) => a.at - b.at)
      .map(({ run }) => run),
  );

  async function create(input: CallInput<'runs.create'>): Promise<Run> {
    return take(await studio.call('runs.create', input));
  }
  /** Runs one request on a run at a time. */
  async function alone(id: string, request: () => Promise<Run | undefined>): Promise<void> {
    if (busy.has(id)) return;
    busy.add(id);
    try {
      const run = await request();
      if (run !== undefined) byId.set(id, run);
    } finally {
      busy.delete(id);
    }
  }
  const pause = (id: string) => alone(id, () => studio.call('runs.pause', { id }));
  const resume = (id: string, device?: (typeof DEVICES)[number]) =>
    alone(id, () => studio.call('runs.resume', { id, ...(device === undefined ? {} : { device }) }));
  const stop = (id: string) => alone(id, () => studio.call('runs.stop', { id }));
  const rename = (id: string, name: string) => alone(id, () => studio.call('runs.rename', { id, name }));
  const annotate = (id: string, change: { tags?: string[]; notes?: string }) =>
    alone(id, () => studio.call('runs.annotate', { id, ...change }));
  const move = (id: string, before: string | null) => studio.call('runs.move', { id, before });
  /** Moves a run to the trash; gives what it is called there. */
  async function remove(id: string): Promise<string | undefined> {
    let entry: string | undefined;
    await alone(id, async () => {
      ({ entry } = await studio.call('runs.delete', { id }));
      byId.delete(id);
      return undefined;
    });
    return entry;
  }
  /** Takes in a run that has just been made; an event may have come first, and then knows more. */
  function take(run: Run): Run {
    if (!byId.has(run.id)) byId.set(run.id, run);
    return run;
  }
  /** Asks for a run that events may not have told of yet. */
  const fetch = async (id: string) => take(await studio.call('runs.get', { id }));
  const duplicate = async (id: string) => take(await studio.call('runs.duplicate', { id }));
  const restore = async (entry: string) => take(await studio.call('trash.restore', { entry }));
  const continueFrom = async (id: string, epoch: number, epochs: number) =>
    take(await studio.call('runs.continue', { id, epoch, epochs }));
  const thin = (request: ThinningRequest) => alone(request.id, () => studio.call('runs.thin', request));
  return {
    byId,
    loaded,
    busy,
    list,
    training,
    queue,
    load,
    fetch,
    create,
    pause,
    resume,
    stop,
    rename,
    remove,
    annotate,
    move,
    duplicate,
    restore,
    continueFrom,
    thin,
  };
});
