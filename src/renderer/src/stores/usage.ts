import { defineStore } from 'pinia';
import { computed, markRaw, shallowRef } from 'vue';
import { useStudio } from '../client.ts';

/** What the library takes on the disk. It is counted when asked for: a thousand runs take seconds. */
export const useUsage = defineStore('usage', () => {
  const studio = useStudio();
  const usage = shallowRef<{ runs: ReadonlyMap<string, number>; trash: number; free: number | undefined }>();
  let wanted = 0;
  let counting: Promise<void> | undefined;

  async function count(): Promise<void> {
    for (let answered = 0; answered < wanted;) {
      const asked = wanted;
      const { runs, trash, free } = await studio.call('library.usage');
      usage.value = markRaw({ runs: new Map(runs.map(({ id, bytes }) => [id, bytes])), trash, free });
      answered = asked;
    }
    wanted = 0;
  }
  /** Counts, or counts once more after the counting under way. */
  function load(): Promise<void> {
    wanted++;
    counting ??= count().finally(() => (counting = undefined));
    return counting;
  }
  const total = computed(() => {
    let sum = 0;
    for (const bytes of usage.value?.runs.values() ?? []) sum += bytes;
    return usage.value === undefined ? undefined : sum;
  });
  const bytesOf = (id: string): number | undefined => usage.value?.runs.get(id);
  return { usage, total, bytesOf, load };
});
