/** Runs a measurement in a process of its own, so that its peak memory is its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a measuring process prints as its last line. */
export interface Measurement {
  /** of each step after the warm-up */
  milliseconds: number[];
  peakBytes: number;
  /** of the peak, what files hold and the system can take back at any time: the libraries' code; absent where it isn't told */
  fileBytes?: number;
  threads: number;
  version: string;
}

export async function measure(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measurement> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 2 ** 24, env });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(last) as Measurement;
}
