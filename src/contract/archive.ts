import * as z from 'zod/mini';
import { StudioError } from './error.ts';
import { runIdSchema } from './run.ts';

/** A run as one file: a zip of its folder, under the run's id. */
export const ARCHIVE_EXTENSION = '.fromnoise';
/** As which such files cross HTTP; the same in electron-builder.yml. */
export const ARCHIVE_TYPE = 'application/x-fromnoise';

/** The most that an archive may hold, in bytes. A run of 1000 epochs at D = 128 that keeps every checkpoint has 95 GB. */
export const MOST_ARCHIVE_BYTES = 200 * 1024 ** 3;

/** Where the browser host takes an archive, by POST; `name` in its query is what the file is called. */
export const IMPORT_PATH = '/import';
/** Where the browser host hands out a run, by GET. */
export const exportPath = (id: string): string => `/export/${id}${ARCHIVE_EXTENSION}`;

/** Whether a file is one that From Noise exports, by its name: what is in it is looked at when it is taken in. */
export const isArchiveName = (name: string): boolean => name.toLowerCase().endsWith(ARCHIVE_EXTENSION);

/** The refusal of a file that has another name. */
export const notTaken = (name: string): StudioError =>
  new StudioError(
    'bad-input',
    `${name} is not taken: it is no exported run.`,
    `Runs are taken in from files whose names end in ${ARCHIVE_EXTENSION}. A run’s menu exports such a file.`,
  );

/** How far the taking in of a file is. */
export const importProgressSchema = z.object({
  job: z.int(),
  /** its name, without where it lies */
  file: z.string(),
  /** it waits for another one, its bytes come in, or they are unpacked and checked */
  phase: z.enum(['waiting', 'receiving', 'unpacking']),
  bytes: z.number(),
  of: z.number(),
});
export type ImportProgress = z.infer<typeof importProgressSchema>;

/** What became of a file that was taken in. */
export const importOutcomeSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('done'),
    id: runIdSchema,
    /** the id that it had where it was exported, if there was a run of that id here */
    formerId: z.optional(runIdSchema),
  }),
  z.object({ status: z.literal('cancelled') }),
]);
export type ImportOutcome = z.infer<typeof importOutcomeSchema>;

/** A run that is being read as an archive. Nobody writes the run until it is closed. */
export interface OpenArchive {
  /** The archive's bytes, once. It fails with a StudioError where the disk does. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** To be called in any case: gives the run free. */
  close(): Promise<void>;
}

/** Archives of runs. They are too large for messages, so a studio's shell gets them past the calls. */
export interface Archives {
  /**
   * Takes in the run of a file of this computer. Files are taken in one after another; how far each is comes as events.
   * Throws StudioError `not-found`, `bad-input`, `busy` where too many wait, `disk-full` or `library`.
   */
  importFile(path: string): Promise<ImportOutcome>;
  /**
   * Takes in the run of a file that comes in pieces: `bytes` of them, called `name`. It is cancelled by `signal`.
   * Throws what importFile does, and `closed` where the pieces end too soon.
   */
  importStream(
    pieces: AsyncIterable<Uint8Array>,
    about: { name: string; bytes: number; signal: AbortSignal },
  ): Promise<ImportOutcome>;
  /** Opens a run to be read as an archive. Throws StudioError `not-found`, `busy` while a process writes it, or `library`. */
  open(id: string): Promise<OpenArchive & { fileName: string }>;
}
