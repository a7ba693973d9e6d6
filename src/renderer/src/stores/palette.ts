import { defineStore } from 'pinia';
import { ref } from 'vue';

/** What lies over the page: the command palette, the list of shortcuts, or nothing. */
export const usePalette = defineStore('palette', () => {
  const shown = ref<'commands' | 'shortcuts'>();
  return { shown };
});
