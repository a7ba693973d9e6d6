import type { CallArguments, CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { openReport } from '#library/report.ts';
import type { StoredRun } from '#library/run-folder.ts';
import { writeReport } from './report-folder.ts';
import { buildReport, type BuiltReport } from './report.ts';
import type { Emit } from './watcher.ts';

type ReportCall = 'report.get' | 'report.set' | 'report.page' | 'report.write';
type ReportCalls = { [K in ReportCall]: (input: CallArguments<K>) => Promise<CallOutput<K>> };

interface ReportOptions {
  library: Library;
  /** all runs of the library, in any order */
  known: () => Promise<readonly StoredRun[]>;
  /** of the studio */
  version: string;
  reveal: ((folder: string) => Promise<boolean>) | undefined;
  emit: Emit;
}

/** The answers to calls about the report. */
export function createReportCalls({ library, known, version, reveal, emit }: ReportOptions): ReportCalls {
  const store = openReport(library.folder);
  const build = async (): Promise<BuiltReport> => {
    const newest = [...(await known())].sort((a, b) => b.createdAt - a.createdAt);
    return buildReport(library, newest, await store.read(), version);
  };
  return {
    'report.get': () => store.read(),
    async 'report.set'(patch) {
      const report = await store.change(patch);
      emit('report.changed', report);
      return report;
    },
    'report.page': async () => ({ fileName: 'report.html', bytes: (await build()).page }),
    async 'report.write'({ data }) {
      const written = await writeReport(library, await build(), data);
      return { ...written, opened: (await reveal?.(written.folder)) ?? false };
    },
  };
}
