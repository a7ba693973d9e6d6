/** The thread that TensorFlow computes on: its calls are synchronous, and the caller's event loop has other things to do. */
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../../error.ts';
import type { Tensors } from '../executor.ts';
import { finishCall } from '../unfinished-calls.ts';
import { loadTensorFlow, type TensorFlow } from './library.ts';
import type { Call, Problem, Reply, Request, Start, Started } from './messages.ts';
import { NativeSession } from './native-session.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
const port = parentPort;
const unfinished = workerData as Int32Array;
let tf: TensorFlow | undefined;
const sessions = new Map<number, NativeSession>();

port.on('message', (request: Request) => void reply(request).finally(() => finishCall(unfinished)));

async function reply({ id, call }: Request): Promise<void> {
  try {
    const answer = call.kind === 'start' ? start(call) : await answerTo(call);
    port.postMessage({ id, answer } satisfies Reply, buffersOf(answer));
  } catch (error) {
    port.postMessage({ id, problem: problemOf(error) } satisfies Reply);
  }
}

function start({ options }: Start): Started {
  tf = loadTensorFlow(options);
  return { version: tf.backend().binding.TF_Version };
}

async function answerTo(call: Call): Promise<Tensors> {
  if (tf === undefined) throw new Error(`${call.kind} before start`);
  if (call.kind === 'compile') {
    sessions.set(call.session, await NativeSession.open(tf, call.lowered));
    return {};
  }
  const session = sessions.get(call.session);
  if (session === undefined) throw new Error('the session is disposed');
  switch (call.kind) {
    case 'load':
      session.load(call.states);
      return {};
    case 'run':
      return session.run(call.program, call.inputs);
    case 'read':
      return session.read(call.names);
    case 'dispose':
      sessions.delete(call.session);
      session.dispose();
      return {};
  }
}

/** Arrays that were made for this answer: they move instead of being copied. */
const buffersOf = (answer: Tensors | Started): ArrayBuffer[] =>
  Object.values(answer as Record<string, unknown>).flatMap((v) => (v instanceof Float32Array ? [v.buffer as ArrayBuffer] : []));

function problemOf(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EngineError) return { kind: 'device', message, hint: error.hint };
  return { kind: error instanceof RangeError ? 'range' : 'failure', message };
}
