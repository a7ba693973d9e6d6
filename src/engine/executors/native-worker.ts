/** What every thread of a native library does: it answers calls one by one, and counts those it has finished. */
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../error.ts';
import type { Problem, Reply, Request } from './native-thread.ts';
import { finishCall } from './unfinished-calls.ts';

/** Serves the calls of a NativeThread. Arrays in an answer must have been made for it: they move instead of being copied. */
export function serveCalls<Answer extends object>(answer: (call: never) => Promise<Answer>): void {
  if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
  const port = parentPort;
  const unfinished = workerData as Int32Array;
  const reply = async ({ id, call }: Request<never>): Promise<void> => {
    try {
      const answered = await answer(call);
      port.postMessage({ id, answer: answered } satisfies Reply<Answer>, buffersOf(answered));
    } catch (error) {
      port.postMessage({ id, problem: problemOf(error) } satisfies Reply<Answer>);
    }
  };
  port.on('message', (request: Request<never>) => void reply(request).finally(() => finishCall(unfinished)));
}

const buffersOf = (answer: object): ArrayBuffer[] =>
  Object.values(answer).flatMap((value) => (value instanceof Float32Array ? [value.buffer as ArrayBuffer] : []));

function problemOf(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EngineError) return { kind: 'device', message, hint: error.hint };
  return { kind: error instanceof RangeError ? 'range' : 'failure', message };
}
