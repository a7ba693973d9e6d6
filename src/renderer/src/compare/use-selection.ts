import { useDebounceFn } from '@vueuse/core';
import { shallowRef, watch, type ShallowRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { readSelection, writeSelection, type Selection } from './selection.ts';

const STORED = 'compare';
/** A browser takes only so many changes of the address in a second. */
const ADDRESS_MS = 200;

/** Where one was, from the last visit. */
function stored(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(STORED) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
function store(query: Record<string, string>): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(query));
  } catch {
    // storage is off: the next visit begins empty
  }
}

/** The selection of the page. It follows the address, the address follows it, and without one it leaves off where it was. */
export function useSelection(): ShallowRef<Selection> {
  const route = useRoute();
  const router = useRouter();
  const fromAddress = readSelection(route.query);
  const selection = shallowRef(fromAddress.picks.length > 0 ? fromAddress : readSelection(stored()));
  /** the address as this page has left it */
  let written = '';

  async function write(): Promise<void> {
    if (route.name !== 'compare') return;
    const query = writeSelection(selection.value);
    written = JSON.stringify(query);
    store(query);
    if (JSON.stringify(route.query) !== written) await router.replace({ name: 'compare', query });
  }
  const writeSoon = useDebounceFn(write, ADDRESS_MS);
  watch(selection, () => void writeSoon(), { immediate: true });
  watch(
    () => JSON.stringify(route.query),
    (query) => {
      if (route.name === 'compare' && query !== written && query !== '{}') selection.value = readSelection(route.query);
    },
  );
  return selection;
}
