import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { runFileSchema, runSchema } from '#contract/run.ts';
import { replaceFile } from './atomic-file.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { StoredRun } from './run-folder.ts';

/** What took a look at a run's larger files to tell. */
interface Findings {
  /** of the whole folder */
  bytes?: number | undefined;
  sparkline?: { /** the stamp of metrics.jsonl */ of: string; steps: number[]; losses: (number | null)[] } | undefined;
}

/**
 * What a library's runs were found to be, kept in summaries.json so that the next start needs no look at their files.
 * It saves time and is never needed: a run is taken from it only where its fingerprint is the same, and a file that is
 * damaged, or of a program with other fields, counts as none. Several studios may write it; the last one's stays, which
 * is as true as the others'.
 */
export interface Summaries {
  /** The run as it was found, where nothing of it has changed since and nobody writes it. */
  find(id: string, folder: string, fingerprint: Fingerprint): StoredRun | undefined;
  /** `readAt`: when the reading began, in milliseconds since 1970. A run that somebody writes is not kept. */
  keep(run: StoredRun, fingerprint: Fingerprint, readAt: number): void;
  forget(id: string): void;
  /** What was noted of this run, and not of an earlier state of it. */
  findings(run: StoredRun): Findings | undefined;
  note(run: StoredRun, findings: Findings): void;
  /** Writes what is new, once every run has been found or kept: others are forgotten. Throws StudioError `disk-full` or `library`. */
  save(): Promise<void>;
}

const summarySchema = z.object({
  fingerprint: z.string(),
  run: z.extend(runFileSchema, {
    checkpoints: runSchema.shape.checkpoints,
    sampledEpochs: runSchema.shape.sampledEpochs,
    gridEpochs: runSchema.shape.gridEpochs,
  }),
  bytes: z.optional(z.number()),
  sparkline: z.optional(z.object({ of: z.string(), steps: z.array(z.number()), losses: z.array(z.nullable(z.number())) })),
});

/** A run that changed so shortly before it was read may change again within the same tick of the disk's clock; FAT's takes 2 s. */
const SETTLED_MS = 3000;

interface Kept {
  fingerprint: string;
  run: StoredRun;
  settled: boolean;
  findings: Findings;
}

/** Reads the summaries of a library, of which there may be none. */
export async function openSummaries(library: string): Promise<Summaries> {
  const file = join(library, 'summaries.json');
  /** as read, and not looked at yet */
  const read = new Map(Object.entries(await readSummaries(file)));
  const kept = new Map<string, Kept>();
  let isNew = false;
  let saving: Promise<void> = Promise.resolve();

  const keptOf = (run: StoredRun): Kept | undefined => {
    const found = kept.get(run.id);
    return found?.run === run ? found : undefined;
  };
  async function write(): Promise<void> {
    if (!isNew) return;
    isNew = false;
    const summaries: Record<string, unknown> = {};
    for (const [id, { fingerprint, run, settled, findings }] of kept) {
      // JSON leaves out what is undefined
      if (settled) summaries[id] = { fingerprint, run: { ...run, folder: undefined, holder: undefined }, ...findings };
    }
    const body = JSON.stringify(summaries);
    await replaceFile(file, `${JSON.stringify(headerOf(body))}\n${body}\n`).catch((error: unknown) => {
      isNew = true;
      throw error;
    });
  }

  return {
    find(id, folder, fingerprint) {
      const found = read.get(id);
      read.delete(id);
      if (found === undefined || fingerprint.locked) return undefined;
      const parsed = summarySchema.safeParse(found);
      if (!parsed.success || parsed.data.fingerprint !== fingerprint.text || parsed.data.run.id !== id) return undefined;
      const { run: file, bytes, sparkline } = parsed.data;
      const run: StoredRun = { ...file, folder, holder: undefined };
      kept.set(id, { fingerprint: fingerprint.text, run, settled: true, findings: { bytes, sparkline } });
      return run;
    },
    keep(run, fingerprint, readAt) {
      isNew = true;
      read.delete(run.id);
      kept.delete(run.id);
      if (run.holder !== undefined || fingerprint.locked) return;
      const settled = fingerprint.changedAt < readAt - SETTLED_MS;
      kept.set(run.id, { fingerprint: fingerprint.text, run, settled, findings: {} });
    },
    forget(id) {
      isNew = true;
      read.delete(id);
      kept.delete(id);
    },
    findings: (run) => keptOf(run)?.findings,
    note(run, findings) {
      const found = keptOf(run);
      if (found === undefined) return;
      Object.assign(found.findings, findings);
      if (found.settled) isNew = true;
    },
    save() {
      const mine = saving.then(write, write);
      saving = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** Says what the summaries must hash to, and of which fields they are: those of an older program lack what it did not know. */
const headerOf = (body: string) => ({ fields: FIELDS, sha256: sha256(body) });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const FIELDS = sha256(JSON.stringify(z.toJSONSchema(summarySchema, { unrepresentable: 'any' })));

async function readSummaries(file: string): Promise<Record<string, unknown>> {
  try {
    const [header, body] = (await readFile(file, 'utf8')).split('\n');
    if (body === undefined || header !== JSON.stringify(headerOf(body))) return {};
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    // there is none yet, or none that can be read: every run is looked at
    return {};
  }
}
