/**
 * The TensorFlow executor: each program is one session call, states are resource variables. It computes on a thread of its
 * own, so that the caller can prepare the next batch and answer others meanwhile.
 */
import { EngineError } from '../../error.ts';
import type { Program } from '../../graph/graph.ts';
import { sharedStates } from '../checks.ts';
import { coreCount } from '../cores.ts';
import type { Executor, ExecutorOptions, Session } from '../executor.ts';
import { threadSession } from '../thread-session.ts';
import type { FloatType } from './gelu.ts';
import type { TensorFlowDevice } from './library.ts';
import { probeBfloat16, probeWinograd, probeXla, type Compile } from './probe.ts';
import { lowerPrograms, type Lowered } from './saved-model.ts';
import { TensorFlowThread } from './thread.ts';

export interface TensorFlowOptions extends ExecutorOptions {
  /** the folder whose node_modules holds tfjs-node-gpu with its binding and TensorFlow's libraries */
  engineFolder: string;
  /** type of the images inside the network; parameters, moments, statistics and the loss are float32 in either */
  precision?: FloatType;
}

/** Times float32's: without instructions for it bfloat16 takes ten and more, and a busy machine blurs the measurement. */
const TOO_SLOW = 2;

/**
 * Opens TensorFlow. Device, folder and the number of threads are settled by the first call in a process.
 * Throws an EngineError `device` when the library doesn't start, or already runs otherwise, and for bfloat16 on a
 * device that has no instructions for it: it would take seconds for a step and say nothing.
 */
export async function openTensorFlowExecutor(device: TensorFlowDevice, options: TensorFlowOptions): Promise<Executor> {
  const { thread, version, xla, winograd } = await start(device, options);
  const images = options.precision ?? 'float32';
  if (images === 'bfloat16') {
    const time = await bfloat16Time(device, options);
    if (time > TOO_SLOW)
      throw new EngineError(
        'device',
        `bfloat16 takes ${time.toFixed(1)} times as long as float32 on this ${device === 'tensorflow-gpu' ? 'GPU' : 'processor'}.`,
        'Train in float32.',
      );
  }
  return {
    device,
    engine: `TensorFlow ${version}`,
    compile: (programs) => openSession(thread, programs, { images, xla, winograd }),
  };
}

/** Time of a convolution in bfloat16, in parts of the time in float32. Throws as openTensorFlowExecutor does. */
export async function bfloat16Time(device: TensorFlowDevice, options: TensorFlowOptions): Promise<number> {
  const { thread } = await start(device, options);
  return (thread.bfloat16Time ??= await probeBfloat16((programs, how) => openSession(thread, programs, how)));
}

async function start(device: TensorFlowDevice, { engineFolder, threads }: TensorFlowOptions) {
  const thread = TensorFlowThread.get();
  const { version } = await thread.start({ device, engineFolder, threads: threads === 0 ? coreCount() : threads });
  thread.xla ??= await probeXla((programs, how) => openSession(thread, programs, how));
  thread.winograd ??= await winogradOn(device, (programs, how) => openSession(thread, programs, how));
  return { thread, version, xla: thread.xla, winograd: thread.winograd };
}

/** GPUs' libraries do it by themselves, and elsewhere than on x86 it was never timed. */
async function winogradOn(device: TensorFlowDevice, compile: Compile): Promise<Lowered['winograd']> {
  const isMeasured = device === 'tensorflow-cpu' && process.arch === 'x64';
  return isMeasured && (await probeWinograd(compile)) ? 'where it pays' : 'none';
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
  return threadSession(session, programs, shapes, (call, transfer) => thread.call(call, transfer));
}
