import { useRouter } from 'vue-router';
import { actionsFor, type Run } from '#contract/run.ts';
import { figurePage, trainingPage } from '../guide/parts.ts';
import { useConfirm } from '../stores/confirm.ts';
import { useDraft } from '../stores/draft.ts';
import { download } from '../save-file.ts';
import { useNotices } from '../stores/notices.ts';
import { useRuns } from '../stores/runs.ts';
import { useStudio } from '../client.ts';

/** What may be done with a run from here. One that another process writes can be asked to end, not taken from it. */
export function allowed(run: Run): ReturnType<typeof actionsFor> {
  const actions = actionsFor(run.state.status);
  return run.writer === 'elsewhere' ? { ...actions, resume: false, delete: false } : actions;
}

/** The actions on a run. It asks only where something stops or is lost; failures are told in a notice. */
export function useRunActions() {
  const runs = useRuns();
  const notices = useNotices();
  const confirm = useConfirm();
  const draft = useDraft();
  const router = useRouter();
  const studio = useStudio();

  const pause = (run: Run) => notices.attempt(runs.pause(run.id));
  const resume = (run: Run) => notices.attempt(runs.resume(run.id));
  async function stop(run: Run): Promise<void> {
    const sure =
      run.state.status !== 'training' ||
      (await confirm.ask({
        title: 'Stop this run?',
        text: 'It stops after the current step and keeps a checkpoint there. You can resume it later.',
        yes: 'Stop',
        no: 'Keep training',
        danger: false,
      }));
    if (sure) await notices.attempt(runs.stop(run.id));
  }
  /** Moves runs to the trash; the notice takes that back. Nothing is lost until the trash is emptied. */
  async function remove(...gone: readonly Run[]): Promise<void> {
    const entries: string[] = [];
    for (const run of gone) {
      const entry = await notices.attempt(runs.remove(run.id));
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length === 0) return;
    notices.show({
      tone: 'info',
      title: entries.length === 1 ? `${gone[0]!.name} is in the trash` : `${entries.length} runs are in the trash`,
      action: { label: 'Undo', run: () => void notices.attempt(Promise.all(entries.map((entry) => runs.restore(entry)))) },
    });
    const { id } = router.currentRoute.value.params;
    if (gone.some((run) => run.id === id) && !runs.byId.has(String(id))) await router.push({ name: 'runs' });
  }
  /** Queues runs once more, with the same recipes. */
  async function duplicate(...originals: readonly Run[]): Promise<void> {
    const copies: Run[] = [];
    for (const run of originals) {
      const copy = await notices.attempt(runs.duplicate(run.id));
      if (copy !== undefined) copies.push(copy);
    }
    if (copies.length === 0) return;
    notices.show({
      tone: 'ok',
      title: copies.length === 1 ? `${copies[0]!.name} is in the queue` : `${copies.length} copies are in the queue`,
      text: 'The same recipe and seed, so on the same device it ends in the same bits.',
      action: { label: 'Show', run: () => void router.push({ name: 'run', params: { id: copies[0]!.id } }) },
    });
  }
  /** Moves a queued run by places: −1 is one earlier. */
  async function moveInQueue(run: Run, by: number): Promise<void> {
    const others = runs.queue.filter(({ id }) => id !== run.id);
    const place = Math.max(0, Math.min(others.length, runs.queue.findIndex(({ id }) => id === run.id) + by));
    await notices.attempt(runs.move(run.id, others[place]?.id ?? null));
  }
  const rename = (run: Run, name: string) => notices.attempt(runs.rename(run.id, name));
  /** Opens the guide with this run's recipe. */
  async function reuse(run: Run): Promise<void> {
    draft.load(run.recipe);
    await router.push({ name: 'guide', params: { part: trainingPage[draft.part] } });
  }
  /** Opens the guide's figure on the run's network, at an epoch or at the newest. */
  async function lookInside({ id, recipe }: Run, epoch?: number): Promise<void> {
    const part = figurePage(recipe);
    if (part === undefined) return;
    const query = { run: id, ...(epoch !== undefined && { epoch: String(epoch) }) };
    await router.push({ name: 'guide', params: { part }, query, hash: '#unet' });
  }
  /** Writes the run into one file, to pass on or to keep. */
  async function exportFile(run: Run): Promise<void> {
    const exported = await notices.attempt(studio.call('runs.export', { id: run.id }));
    if (exported === undefined) return;
    if (exported.how === 'file') notices.show({ tone: 'ok', title: `${run.name} is exported`, text: exported.file });
    else {
      download(exported.path, exported.fileName);
      notices.show({
        tone: 'info',
        title: `Exporting ${run.name}`,
        text: `${exported.fileName} goes to your downloads.`,
      });
    }
  }
  async function reveal(run: Run): Promise<void> {
    const answer = await notices.attempt(studio.call('runs.reveal', { id: run.id }));
    if (answer !== undefined && !answer.opened) notices.show({ tone: 'info', title: 'The run’s folder', text: answer.folder });
  }
  return { pause, resume, stop, remove, duplicate, moveInQueue, rename, reuse, lookInside, reveal, exportFile };
}
