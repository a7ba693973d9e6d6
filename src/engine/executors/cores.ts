import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Processor cores, which is how many threads an executor computes on unless told otherwise. Where the system tells that
 * two logical processors share a core, they count as one: two threads on one core only take turns at its vector units.
 */
export const coreCount = (): number => Math.max(1, Math.floor(availableParallelism() / (sharesCores() ? 2 : 1)));

function sharesCores(): boolean {
  try {
    return readFileSync('/sys/devices/system/cpu/smt/active', 'utf8').trim() === '1';
  } catch {
    // only Linux has this file
    return false;
  }
}
