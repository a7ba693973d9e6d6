import * as z from 'zod/mini';
import { runIdSchema } from './run.ts';

/** The report that is handed in, as far as a person decides about it. Records go by the deliverable's id. */
const deliverableSchema = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,39}$/));
const nameSchema = z.string().check(z.maxLength(200));
const captionsSchema = z.record(deliverableSchema, z.string().check(z.maxLength(4000)));

export const reportSchema = z.object({
  /** who hands it in */
  name: z._default(nameSchema, ''),
  /** under a figure, in place of what it says by itself */
  captions: z._default(captionsSchema, {}),
  /** the run that serves a deliverable; the best one where none is named */
  runs: z._default(z.record(deliverableSchema, runIdSchema), {}),
});
export type Report = z.infer<typeof reportSchema>;

/** What is to change: deliverables that aren't named stay as they are; an empty caption or a run `null` goes. */
export const reportPatchSchema = z.object({
  name: z.optional(nameSchema),
  captions: z.optional(captionsSchema),
  runs: z.optional(z.record(deliverableSchema, z.nullable(runIdSchema))),
});
export type ReportPatch = z.infer<typeof reportPatchSchema>;

/** A report after a change. */
export function patchedReport(report: Report, { name = report.name, captions = {}, runs = {} }: ReportPatch): Report {
  return {
    name,
    captions: kept({ ...report.captions, ...captions }, (caption): caption is string => caption.trim() !== ''),
    runs: kept<string | null, string>({ ...report.runs, ...runs }, (run) => run !== null),
  };
}

const kept = <T, K extends T>(record: Record<string, T>, keeps: (value: T) => value is K): Record<string, K> =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, K] => keeps(entry[1])));
