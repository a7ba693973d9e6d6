import { appendFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, systemCode } from './disk-error.ts';

const logFile = (run: string): string => join(run, 'log.txt');

/** Adds a line to the run's log, with the time in front: `2026-11-23T14:32:07.120Z epoch 1, loss 0.0221, saved`. */
export async function appendLog(run: string, text: string): Promise<void> {
  const file = logFile(run);
  // a message of several lines keeps to one entry
  const entry = `${new Date().toISOString()} ${text.trimEnd().replaceAll('\n', '\n  ')}\n`;
  await appendFile(file, entry).catch((error: unknown) => {
    throw diskError(error, 'write', file, Buffer.byteLength(entry));
  });
}

/** So much of a log is shown; a run of a thousand epochs stays below it. */
const SHOWN_BYTES = 262_144;

/** The end of the run's log, from the start of a line; empty when it has none yet. */
export async function readLog(run: string): Promise<string> {
  const file = logFile(run);
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const from = Math.max(0, size - SHOWN_BYTES);
      const bytes = Buffer.alloc(size - from);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      const text = bytes.toString('utf8', 0, bytesRead);
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw diskError(error, 'read', file);
  }
}
