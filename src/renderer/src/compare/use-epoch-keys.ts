import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';

/** Space plays the epochs and arrows step through them, with Shift ten at a time, where no control has these keys. */
export function useEpochKeys(epoch: Ref<number>, last: () => number, play: () => void): void {
  useEventListener(document, 'keydown', (event) => {
    const taken =
      event.target instanceof HTMLElement &&
      event.target.closest(
        'input, textarea, button, a, [role=slider], [role=radio], [role=menu], [role=dialog], [role=listbox], [tabindex="0"]',
      );
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || taken || last() < 2) return;
    const far = event.shiftKey ? 10 : 1;
    if (event.key === ' ') play();
    else if (event.key === 'ArrowLeft') epoch.value = Math.max(1, epoch.value - far);
    else if (event.key === 'ArrowRight') epoch.value = Math.min(last(), epoch.value + far);
    else return;
    event.preventDefault();
  });
}
