/** The thread that TensorFlow computes on: its calls are synchronous, and the caller's event loop has other things to do. */
import { parentPort } from 'node:worker_threads';
import { EngineError } from '../../error.ts';
import type { Tensors } from '../executor.ts';
import { loadTensorFlow, type TensorFlow } from './library.ts';
import type { Call, Reply, Request, Started } from './messages.ts';
import { NativeSession } from './native-session.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
const port = parentPort;
let tf: TensorFlow | undefined;
const sessions = new Map<number, NativeSession>();

port.on('message', ({ id, call }: Request) => {
  answer(call).then(
    ({ tensors = {}, ...rest }) => {
      // arrays that were made for this answer: they move instead of being copied
      const buffers = Object.values(tensors).map((data) => data.buffer as ArrayBuffer);
      port.postMessage({ id, ok: true, tensors, ...rest } satisfies Reply, buffers);
    },
    (error: unknown) => port.postMessage(failure(id, error)),
  );
});

async function answer(call: Call): Promise<{ tensors?: Tensors; started?: Started }> {
  if (call.kind === 'start') {
    tf = loadTensorFlow(call.options);
    const { isUsingGpuDevice, binding } = tf.backend();
    return { started: { version: binding.TF_Version, gpu: isUsingGpuDevice } };
  }
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
      return { tensors: session.run(call.program, call.inputs) };
    case 'read':
      return { tensors: session.read(call.names) };
    case 'dispose':
      sessions.delete(call.session);
      session.dispose();
      return {};
  }
}

function failure(id: number, error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EngineError) return { id, ok: false, message, problem: { kind: 'device', hint: error.hint } };
  return { id, ok: false, message, problem: { kind: error instanceof RangeError ? 'range' : 'failure' } };
}
