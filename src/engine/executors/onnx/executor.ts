/**
 * The ONNX executor: each program is one model, a training step one call of ONNX Runtime. It computes on a thread of its
 * own, so that the caller can prepare the next batch and answer others meanwhile.
 */
import type { Program } from '../../graph/graph.ts';
import { sharedStates } from '../checks.ts';
import type { Executor, ExecutorOptions, Session, Tensors } from '../executor.ts';
import { NativeThread, workerFile } from '../native-thread.ts';
import { threadSession } from '../thread-session.ts';
import type { Call } from './messages.ts';
import { findBlock, loadOnnxRuntime } from './processor.ts';
import { lowerProgram, type LoweredProgram } from './program.ts';
import { layOutStates } from './states.ts';

/** Opens the device. Throws an EngineError `device` when the native library doesn't load. */
export async function openOnnxExecutor(device: 'onnx-cpu', { threads }: ExecutorOptions): Promise<Executor> {
  const onnx = await loadOnnxRuntime();
  const block = await findBlock(onnx);
  return {
    device,
    engine: `ONNX Runtime ${onnx.version}`,
    async compile<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Session<Name>> {
      const shapes = sharedStates(programs);
      const vectors = layOutStates(Object.values(programs), shapes);
      const lowered: Record<string, LoweredProgram> = {};
      for (const [name, program] of Object.entries<Program>(programs)) lowered[name] = lowerProgram(program, vectors, block);
      const thread = onnxThread();
      const session = sessions++;
      await thread.call({ kind: 'compile', session, programs: lowered, vectors, threads });
      return threadSession(session, programs, shapes, (call, transfer) => thread.call(call, transfer));
    },
  };
}

let sessions = 0;
let only: NativeThread<Call, Tensors> | undefined;

/** The process's thread; a new one only where the last one failed. */
function onnxThread(): NativeThread<Call, Tensors> {
  if (only === undefined || only.failed) only = new NativeThread('ONNX Runtime', workerFile(import.meta.url, 'onnx-worker.js'));
  return only;
}
