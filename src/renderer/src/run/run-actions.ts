import { useRouter } from 'vue-router';
import { actionsFor, type Run } from '#contract/run.ts';
import { count } from '../format.ts';
import { trainingPage } from '../guide/parts.ts';
import { useConfirm } from '../stores/confirm.ts';
import { useDraft } from '../stores/draft.ts';
import { useNotices } from '../stores/notices.ts';
import { useRuns } from '../stores/runs.ts';
import { useStudio } from '../client.ts';
import { readingsOf } from './run-readings.ts';

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
        text: `It stops after the current step and keeps a checkpoint at step ${count(readingsOf(run).step)}. You can resume it later.`,
        yes: 'Stop',
        no: 'Keep training',
        danger: false,
      }));
    if (sure) await notices.attempt(runs.stop(run.id));
  }
  async function remove(run: Run): Promise<void> {
    const yes = await confirm.ask({
      title: `Delete “${run.name}”?`,
      text: `It moves to the folder trash of the library, with its checkpoints (${run.checkpoints.length}), samples and loss curve. Its disk space is free again when that folder is emptied.`,
      yes: 'Delete',
      no: 'Keep',
      danger: true,
    });
    if (!yes) return;
    await notices.attempt(runs.remove(run.id));
    if (!runs.byId.has(run.id) && router.currentRoute.value.params.id === run.id) await router.push({ name: 'runs' });
  }
  const rename = (run: Run, name: string) => notices.attempt(runs.rename(run.id, name));
  /** Opens the guide with this run's recipe. */
  async function reuse(run: Run): Promise<void> {
    draft.load(run.recipe);
    await router.push({ name: 'guide', params: { part: trainingPage[draft.part] } });
  }
  async function reveal(run: Run): Promise<void> {
    const answer = await notices.attempt(studio.call('runs.reveal', { id: run.id }));
    if (answer !== undefined && !answer.opened) notices.show({ tone: 'info', title: 'The run’s folder', text: answer.folder });
  }
  return { pause, resume, stop, remove, rename, reuse, reveal };
}
