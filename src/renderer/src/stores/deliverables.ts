import { defineStore } from 'pinia';
import { computed } from 'vue';
import { deliverables, type Section } from '#contract/deliverables.ts';
import { useRuns } from './runs.ts';

/** Every deliverable of the assignment, as the library's runs have it now. */
export const useDeliverables = defineStore('deliverables', () => {
  const runs = useRuns();
  const list = computed(() => deliverables(runs.list));
  /** how far a section is; undefined where nothing is asked for */
  const progressOf = (section: Section | undefined) => {
    const asked = list.value.filter((d) => d.section === section);
    if (asked.length === 0) return undefined;
    return { asked: asked.length, done: asked.filter((d) => d.state === 'done').length };
  };
  return { list, progressOf };
});
