import type { Executor, ExecutorOptions } from '../executor.ts';
import type { FloatType } from './gelu.ts';
import { loadTensorFlow } from './library.ts';
import { probeXla } from './probe.ts';
import { openSession } from './session.ts';

export interface TensorFlowOptions extends ExecutorOptions {
  /** the folder whose node_modules holds tfjs-node-gpu with its binding and TensorFlow's libraries */
  engineFolder: string;
  /** type of the images inside the network; parameters, moments, statistics and the loss are float32 in either */
  precision?: FloatType;
}

/**
 * The executor on TensorFlow's C library: each program is one session call, states are resource variables.
 * Throws an EngineError when the library doesn't start.
 */
export async function openTensorFlowExecutor(options: TensorFlowOptions): Promise<Executor> {
  const tf = loadTensorFlow(options);
  const { isUsingGpuDevice, binding } = tf.backend();
  const lowered = { images: options.precision ?? 'float32', xla: await probeXla(tf) };
  return {
    device: isUsingGpuDevice ? 'tensorflow-gpu' : 'tensorflow-cpu',
    engine: `TensorFlow ${binding.TF_Version}`,
    compile: (programs) => openSession(tf, programs, lowered),
  };
}
