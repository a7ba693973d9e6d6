import { useEventListener } from '@vueuse/core';
import { useRoute, useRouter } from 'vue-router';
import { allowed, useRunActions } from '../run/run-actions.ts';
import { usePalette } from '../stores/palette.ts';
import { useRuns } from '../stores/runs.ts';
import { pages } from './pages.ts';

const within = (target: EventTarget | null, selector: string): boolean =>
  target instanceof HTMLElement && target.closest(selector) !== null;
/** Where a letter or a digit belongs to what has the focus. */
const TYPED =
  'input, textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu], [role=dialog], [role=alertdialog]';
/** Where Space does, too. */
const PRESSED = `button, a, [role=slider], [role=radio], ${TYPED}`;

/**
 * The keys of the whole window: Ctrl or ⌘ K finds commands (F1 too, by which the menu opens them), Ctrl , opens the
 * settings, a page's digit opens that page, ? lists the keys, Space pauses and resumes the run that is looked at.
 * Single keys are off while something is typed.
 */
export function useShortcuts(): void {
  const router = useRouter();
  const route = useRoute();
  const runs = useRuns();
  const actions = useRunActions();
  const palette = usePalette();

  function withCommand(key: string): boolean {
    if (key === 'k') palette.shown = palette.shown === 'commands' ? undefined : 'commands';
    else if (key === '/') palette.shown = 'shortcuts';
    else if (key === ',') void router.push({ name: 'settings' });
    else return false;
    return true;
  }
  function single(key: string, target: EventTarget | null): boolean {
    if (key === 'F1') palette.shown = 'commands';
    else if (within(target, TYPED)) return false;
    else if (key === '?') palette.shown = 'shortcuts';
    else if (key === ' ') {
      const run = route.name === 'run' ? runs.byId.get(String(route.params.id)) : undefined;
      if (run === undefined || within(target, PRESSED)) return false;
      if (allowed(run).pause) void actions.pause(run);
      else if (allowed(run).resume) void actions.resume(run);
    } else {
      const page = pages.find((p) => p.key === key);
      if (page === undefined) return false;
      void router.push({ name: page.name });
    }
    return true;
  }
  useEventListener(document, 'keydown', (event) => {
    if (event.altKey || event.defaultPrevented) return;
    const taken = event.ctrlKey || event.metaKey ? withCommand(event.key.toLowerCase()) : single(event.key, event.target);
    if (taken) event.preventDefault();
  });
}
