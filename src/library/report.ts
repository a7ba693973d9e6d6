import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import { patchedReport, reportSchema, type Report, type ReportPatch } from '#contract/report.ts';
import { replaceFile } from './atomic-file.ts';
import { diskError, systemCode } from './disk-error.ts';

/** What a person decided about the report of a library's runs, in report.json beside them. */
export interface ReportStore {
  /** As it is after every change that was asked for. Throws StudioError `library` when the file is damaged. */
  read(): Promise<Report>;
  /** Changes what is named; changes go one after the other. */
  change(patch: ReportPatch): Promise<Report>;
}

const fileSchema = z.extend(reportSchema, { format: z.literal(1) });

export function openReport(library: string): ReportStore {
  const file = join(library, 'report.json');
  let last: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Report> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return reportSchema.parse({});
      throw diskError(error, 'read', file);
    }
    try {
      const { name, captions, runs } = fileSchema.parse(JSON.parse(text));
      return { name, captions, runs };
    } catch (cause) {
      throw new StudioError(
        'library',
        `${file} is damaged: the report’s name and captions can’t be read.`,
        'Mend the file, or move it away to begin anew.',
        { cause },
      );
    }
  }

  return {
    read: () => last.then(read),
    change(patch) {
      const changed = last.then(async () => {
        const report = patchedReport(await read(), patch);
        await replaceFile(file, `${JSON.stringify({ format: 1, ...report }, null, 2)}\n`);
        return report;
      });
      last = changed.catch(() => undefined);
      return changed;
    },
  };
}
