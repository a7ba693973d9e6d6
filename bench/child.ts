/** Runs a measurement in a process of its own, so that its peak memory is its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a measuring process prints as its last line. */
export interface Measurement {
  /** of each step after the warm-up */
  milliseconds: number[];
  peakBytes: number;
  threads: number;
  version: string;
}

export async function measure(command: string, args: readonly string[]): Promise<Measurement> {
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 2 ** 24 });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(last) as Measurement;
}
