import { onScopeDispose, readonly, ref, type Ref } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { Run } from '#contract/run.ts';
import { useStudio } from '../client.ts';
import { clock, loss } from '../format.ts';
import { useNotices } from '../stores/notices.ts';
import { useRuns } from '../stores/runs.ts';

/**
 * What happens to runs, for people who look elsewhere: a notice when one ends, and a spoken line at every epoch
 * (not at every step).
 */
export function useRunNews(): Readonly<Ref<string>> {
  const runs = useRuns();
  const notices = useNotices();
  const router = useRouter();
  const route = useRoute();
  const spoken = ref('');
  const seen = new Map<string, { status: Run['state']['status']; epoch: number }>();

  function tell(run: Run): void {
    const before = seen.get(run.id) ?? { status: run.state.status, epoch: run.progress.epoch };
    seen.set(run.id, { status: run.state.status, epoch: run.progress.epoch });
    if (run.progress.epoch > before.epoch)
      spoken.value = `${run.name}: epoch ${run.progress.epoch} of ${run.recipe.epochs}, loss ${loss(run.progress.epochLosses.at(-1))}`;
    if (before.status !== 'training') return;
    const action = {
      label: 'Show',
      run: () => void router.push({ name: 'run', params: { id: run.id } }),
    };
    const here = route.name === 'run' && route.params.id === run.id;
    if (run.state.status === 'completed')
      notices.show({
        tone: 'ok',
        title: `${run.name} finished in ${clock(run.progress.seconds)}`,
        text: `Its last epoch has a mean loss of ${loss(run.progress.epochLosses.at(-1))}.`,
        ...(here ? {} : { action }),
      });
    else if (run.state.status === 'failed')
      notices.show({ tone: 'bad', title: `${run.name} failed`, text: run.state.error.message, ...(here ? {} : { action }) });
  }
  for (const run of runs.list) seen.set(run.id, { status: run.state.status, epoch: run.progress.epoch });
  onScopeDispose(useStudio().on('run.changed', tell));
  return readonly(spoken);
}
