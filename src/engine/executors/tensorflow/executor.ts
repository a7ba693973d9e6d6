/**
 * The TensorFlow executor: each program is one session call, states are resource variables. It computes on a thread of its
 * own, so that the caller can prepare the next batch and answer others meanwhile.
 */
import type { Program } from '../../graph/graph.ts';
import { checkInputs, checkStates, sharedStates } from '../checks.ts';
import type { Executor, ExecutorOptions, Session } from '../executor.ts';
import type { FloatType } from './gelu.ts';
import { transferable, type Started } from './messages.ts';
import { probeXla } from './probe.ts';
import { lowerPrograms, type Lowered } from './saved-model.ts';
import { TensorFlowThread } from './thread.ts';

export interface TensorFlowOptions extends ExecutorOptions {
  /** the folder whose node_modules holds tfjs-node-gpu with its binding and TensorFlow's libraries */
  engineFolder: string;
  /** type of the images inside the network; parameters, moments, statistics and the loss are float32 in either */
  precision?: FloatType;
}

/**
 * Opens TensorFlow. The folder and the number of threads are settled by the first call in a process.
 * Throws an EngineError `device` when the library doesn't start, or already runs otherwise.
 */
export async function openTensorFlowExecutor(options: TensorFlowOptions): Promise<Executor> {
  const { engineFolder, threads, precision = 'float32' } = options;
  const thread = TensorFlowThread.get();
  const { started } = await thread.call({ kind: 'start', options: { engineFolder, threads } });
  const { version, gpu } = started as Started;
  const lowered: Lowered = { images: precision, xla: await probeXla((programs, how) => openSession(thread, programs, how)) };
  return {
    device: gpu ? 'tensorflow-gpu' : 'tensorflow-cpu',
    engine: `TensorFlow ${version}`,
    compile: (programs) => openSession(thread, programs, lowered),
  };
}

let sessions = 0;

async function openSession<Name extends string>(
  thread: TensorFlowThread,
  programs: Readonly<Record<Name, Program>>,
  options: Lowered,
): Promise<Session<Name>> {
  const shapes = sharedStates(programs);
  const session = sessions++;
  const lowered = lowerPrograms(programs, shapes, options);
  await thread.call({ kind: 'compile', session, lowered }, [lowered.model.buffer]);
  return {
    async load(states) {
      checkStates(shapes, states);
      const { tensors, buffers } = transferable(states);
      await thread.call({ kind: 'load', session, states: tensors }, buffers);
    },
    async run(program, inputs) {
      checkInputs(programs[program], inputs);
      const { tensors, buffers } = transferable(inputs);
      return (await thread.call({ kind: 'run', session, program, inputs: tensors }, buffers)).tensors;
    },
    async read(names = [...shapes.keys()]) {
      const unknown = names.find((name) => !shapes.has(name));
      if (unknown !== undefined) throw new RangeError(`no program has a state ${unknown}`);
      return (await thread.call({ kind: 'read', session, names })).tensors;
    },
    async dispose() {
      await thread.call({ kind: 'dispose', session });
    },
  };
}
