/** The thread that ONNX Runtime computes on: its calls are synchronous, and the caller's event loop has other things to do. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Tensors } from '../executor.ts';
import { finishCall } from '../unfinished-calls.ts';
import type { Call, Reply, Request } from './messages.ts';
import { NativeSession } from './native-session.ts';
import { loadOnnxRuntime } from './processor.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only');
const port = parentPort;
const unfinished = workerData as Int32Array;
let session: NativeSession | undefined;

port.on('message', ({ id, call }: Request) => {
  const answered = answer(call).then(
    (tensors) => {
      // arrays that were made for this answer: they move instead of being copied
      const buffers = Object.values(tensors).map((data) => data.buffer as ArrayBuffer);
      port.postMessage({ id, ok: true, tensors } satisfies Reply, buffers);
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, ok: false, message, range: error instanceof RangeError } satisfies Reply);
    },
  );
  void answered.then(() => {
    finishCall(unfinished);
    // nothing is left to listen to, so the thread ends by itself
    if (call.kind === 'dispose') port.close();
  });
});

async function answer(call: Call): Promise<Tensors> {
  if (call.kind === 'compile') {
    session = await NativeSession.open(await loadOnnxRuntime(), call.programs, call.vectors, call.threads);
    return {};
  }
  if (call.kind === 'dispose') {
    await session?.dispose();
    return {};
  }
  if (session === undefined) throw new Error(`${call.kind} before compile`);
  switch (call.kind) {
    case 'load':
      session.load(call.states);
      return {};
    case 'run':
      return await session.run(call.program, call.inputs);
    case 'read':
      return session.read(call.names);
  }
}
