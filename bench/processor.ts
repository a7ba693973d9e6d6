import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What matters for arithmetic, in the words of /proc/cpuinfo. */
const FLAGS = ['avx2', 'avx512f', 'avx512_bf16', 'avx512_fp16', 'amx_tile', 'amx_bf16'];

/** The processor a figure belongs to: its name, how many cores, and what it computes with. */
export function processorName(): string {
  const flags = FLAGS.filter((flag) => cpuFlags().has(flag));
  const name = cpus()[0]?.model.trim() ?? process.arch;
  return [name, `${cpus().length} cores`, ...(flags.length > 0 ? [flags.join(' ')] : [])].join(', ');
}

function cpuFlags(): ReadonlySet<string> {
  try {
    return new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(' '));
  } catch {
    return new Set(); // only Linux tells them in a file
  }
}

/** Resident bytes of this process that files hold; undefined where the system doesn't tell. */
export function residentFileBytes(): number | undefined {
  try {
    const kilobytes = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
