import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import type { CallOutput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';

export type Sparkline = CallOutput<'runs.sparkline'>;

/** The small curves of the table, fetched when their row is in view, and again when the run has finished an epoch. */
export const useSparklines = defineStore('sparklines', () => {
  const studio = useStudio();
  const lines = shallowReactive(new Map<string, Sparkline>());
  const asked = new Map<string, string>();

  /** `version` changes with the curve. */
  async function want(id: string, version: string): Promise<void> {
    if (asked.get(id) === version) return;
    asked.set(id, version);
    // a run that is gone, or whose metrics can't be read, has no curve; its page says why
    const line = await studio.call('runs.sparkline', { id }).catch(() => undefined);
    if (line !== undefined && asked.has(id)) lines.set(id, line);
  }
  onScopeDispose(
    studio.on('run.removed', ({ id }) => {
      lines.delete(id);
      asked.delete(id);
    }),
  );
  return { lines, want };
});
