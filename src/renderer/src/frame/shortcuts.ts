import { useEventListener } from '@vueuse/core';
import { useRoute, useRouter } from 'vue-router';
import { useRuns } from '../stores/runs.ts';
import { allowed, useRunActions } from '../run/run-actions.ts';

/** Where a single key belongs to what has the focus. */
const takesKeys = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input, textarea, select, button, a, [contenteditable], [role=slider], [role=menu], [role=alertdialog]') !==
    null;

/** Single keys: 1 and 2 open pages, Space pauses and resumes the run that is looked at. Off while typing. */
export function useShortcuts(): void {
  const router = useRouter();
  const route = useRoute();
  const runs = useRuns();
  const actions = useRunActions();

  useEventListener(document, 'keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesKeys(event.target)) return;
    if (event.key === '1') void router.push({ name: 'guide' });
    else if (event.key === '2') void router.push({ name: 'runs' });
    else if (event.key === ' ' && route.name === 'run') {
      const run = runs.byId.get(String(route.params.id));
      if (run === undefined) return;
      event.preventDefault();
      if (allowed(run).pause) void actions.pause(run);
      else if (allowed(run).resume) void actions.resume(run);
    }
  });
}
