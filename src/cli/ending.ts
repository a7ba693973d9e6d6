import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { EXIT } from './output.ts';

/** Two of them within this time are one: a step of native code may keep both waiting. In milliseconds. */
const DOUBLE_MS = 300;

/**
 * Calls `first` when the process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or a reader of our output that
 * went away. The next time it ends at once. Returns what gives the signals back.
 */
export function onEndRequest(first: () => void): () => void {
  let asked: number | undefined;
  const ask = (): void => {
    if (asked === undefined) {
      asked = performance.now();
      first();
    } else if (performance.now() - asked > DOUBLE_MS) process.exit(EXIT.interrupted);
  };
  const broken = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    ask();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, ask);
  process.stdout.on('error', broken);
  return () => {
    for (const signal of signals) process.off(signal, ask);
    process.stdout.off('error', broken);
  };
}

/** What `pause` throws once the process was asked to end. */
export class Ended extends Error {}

/** For work in many small parts: `pause`, awaited between two of them, lets signals in, and throws Ended when one came. */
export function endable(): { pause: () => Promise<void>; giveBack: () => void } {
  const ending = new AbortController();
  const giveBack = onEndRequest(() => ending.abort(new Ended()));
  const pause = async (): Promise<void> => {
    await turn();
    ending.signal.throwIfAborted();
  };
  return { pause, giveBack };
}
