import { useDebounceFn, useEventListener } from '@vueuse/core';
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { useSettings } from '../stores/settings.ts';
import { readSelection, writeSelection, type Selection } from './selection.ts';

/** A browser takes only so many changes of the address in a second. */
const ADDRESS_MS = 200;
/** While the epochs play it is kept once they end. */
const KEEP_MS = 1000;

/** Where one was, from the last visit. */
const kept = (compare: string): Selection => readSelection(Object.fromEntries(new URLSearchParams(compare)));

/**
 * The selection of the page. It follows the address, the address follows it, and without one it leaves off where it was: it
 * is kept with the settings.
 */
export function useSelection(): ShallowRef<Selection> {
  const route = useRoute();
  const router = useRouter();
  const settings = useSettings();
  const fromAddress = readSelection(route.query);
  const selection = shallowRef(fromAddress.picks.length > 0 ? fromAddress : kept(settings.settings.compare));
  watch(
    () => settings.loaded,
    () => {
      if (selection.value.picks.length === 0) selection.value = kept(settings.settings.compare);
    },
  );
  /** the address as this page has left it */
  let written = '';

  async function write(): Promise<void> {
    if (route.name !== 'compare') return;
    const query = writeSelection(selection.value);
    written = JSON.stringify(query);
    if (JSON.stringify(route.query) !== written) await router.replace({ name: 'compare', query });
  }
  const writeSoon = useDebounceFn(write, ADDRESS_MS);
  function keep(): void {
    const compare = new URLSearchParams(writeSelection(selection.value)).toString();
    // not worth a notice: the next visit begins with what was compared before
    if (settings.loaded && compare !== settings.settings.compare) void settings.set({ compare }).catch(() => undefined);
  }
  const keepSoon = useDebounceFn(keep, KEEP_MS);
  watch(
    selection,
    () => {
      void writeSoon();
      void keepSoon();
    },
    { immediate: true },
  );
  useEventListener(window, 'pagehide', keep);
  onScopeDispose(keep);
  watch(
    () => JSON.stringify(route.query),
    (query) => {
      if (route.name === 'compare' && query !== written && query !== '{}') selection.value = readSelection(route.query);
    },
  );
  return selection;
}
