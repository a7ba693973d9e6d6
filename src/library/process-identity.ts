import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';
import { systemCode } from './disk-error.ts';

/**
 * When a process of this machine started, in the system's own words; undefined when no such process runs.
 * Texts are only ever compared: a pid with another start time is another process, which got a used number.
 * Empty where the system doesn't say (Windows), and then the pid alone decides.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const start = await linuxStart(pid);
    if (start !== 'unknown') return start;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return undefined;
  }
  return process.platform === 'darwin' ? await darwinStart(pid) : '';
}

/** The boot's id and the clock ticks from then to the start; a zombie no longer counts as running. proc(5). */
async function linuxStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the second field is the command in brackets, which may itself hold spaces and brackets
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return `${boot}/${fields[19] ?? ''}`;
  } catch (error) {
    // ESRCH: it ended between open and read. Anything else: /proc is hidden or not there
    return ['ENOENT', 'ESRCH'].includes(systemCode(error) ?? '') ? undefined : 'unknown';
  }
}

async function darwinStart(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
    return stdout.trim();
  } catch {
    return undefined; // ps ends with 1 when there is no such process
  }
}
