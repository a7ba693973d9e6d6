import { defineStore } from 'pinia';
import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import { deliverables } from '#contract/deliverables.ts';
import { patchedReport, reportSchema, type Report, type ReportPatch } from '#contract/report.ts';
import { useStudio } from '../client.ts';
import { useRuns } from './runs.ts';

/** What a person decided about the report, and the deliverables as it has them. */
export const useReport = defineStore('report', () => {
  const studio = useStudio();
  const runs = useRuns();
  const report = shallowRef<Report>(reportSchema.parse({}));
  const loaded = ref(false);

  async function load(): Promise<void> {
    report.value = await studio.call('report.get');
    loaded.value = true;
  }
  /** Shows a change at once; what the studio refuses is taken back. */
  async function change(patch: ReportPatch): Promise<void> {
    const before = report.value;
    report.value = patchedReport(before, patch);
    try {
      report.value = await studio.call('report.set', patch);
    } catch (error) {
      report.value = before;
      throw error;
    }
  }
  onScopeDispose(studio.on('report.changed', (changed) => (report.value = changed)));

  const list = computed(() => deliverables(runs.list, { runs: report.value.runs }));
  return { report, loaded, list, load, change };
});
