/** The native library: @tensorflow/tfjs-node-gpu out of an engine folder, loaded once for the life of the process. */
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import util from 'node:util';
import { EngineError } from '../../error.ts';

const PACKAGE = '@tensorflow/tfjs-node-gpu';

/** What this executor uses of tfjs-node's public API. */
export interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}
export interface TfSavedModel {
  /** Runs a signature. Takes as long as it takes, on the calling thread. */
  predict(inputs: Record<string, TfTensor>): Record<string, TfTensor>;
  dispose(): void;
}
export interface TensorFlow {
  tensor(values: Float32Array, shape: number[]): TfTensor;
  memory(): { numTensors: number };
  backend(): { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
  node: {
    loadSavedModel(folder: string, tags: string[], signature: string): Promise<TfSavedModel>;
    getNumOfSavedModels(): number;
  };
}

export type TensorFlowDevice = 'tensorflow-cpu' | 'tensorflow-gpu';

export interface LibraryOptions {
  device: TensorFlowDevice;
  /** the folder whose node_modules holds tfjs-node-gpu with its binding and TensorFlow's libraries */
  engineFolder: string;
  /** processor threads, above 0 */
  threads: number;
}

let loaded: { tf: TensorFlow; options: LibraryOptions } | undefined;

/**
 * Loads TensorFlow. Its device and threads are settled by the first call in a process. Throws an EngineError `device` when
 * the folder has no TensorFlow that starts, when it sees no GPU and should, or when it already runs with other options.
 */
export function loadTensorFlow(options: LibraryOptions): TensorFlow {
  const { device, engineFolder, threads } = options;
  if (loaded !== undefined) {
    if (describe(loaded.options) === describe(options)) return loaded.tf;
    throw new EngineError(
      'device',
      `TensorFlow already runs in this process as ${describe(loaded.options)}, not as ${describe(options)}.`,
      'Another device, folder or number of threads takes a new process.',
    );
  }
  prepareEnvironment(device, threads);
  let tf: TensorFlow;
  try {
    tf = keepingLoaded(() => createRequire(`${resolve(engineFolder)}/`)(PACKAGE) as TensorFlow);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new EngineError('device', `TensorFlow in ${engineFolder} doesn't start: ${reason}`, 'Install the engine again.', {
      cause,
    });
  }
  if (device === 'tensorflow-gpu' && !tf.backend().isUsingGpuDevice)
    throw new EngineError(
      'device',
      `TensorFlow in ${engineFolder} sees no GPU.`,
      "It needs NVIDIA's driver, and the engine that was installed for GPUs.",
    );
  loaded = { tf, options };
  return tf;
}

const describe = ({ device, engineFolder, threads }: LibraryOptions): string =>
  `${device} from ${resolve(engineFolder)} with ${threads} threads`;

/**
 * Node unloads a native library that only a worker thread has loaded when that thread ends; TensorFlow's exit handlers would
 * then run into nothing, and the process die of it. With this flag of dlopen (RTLD_NODELETE) it stays to the end.
 */
function keepingLoaded<T>(load: () => T): T {
  const flag = process.platform === 'darwin' ? 0x80 : 0x1000;
  if (process.platform === 'win32') return load();
  const dlopen = process.dlopen.bind(process);
  process.dlopen = (module, file, flags = constants.dlopen.RTLD_LAZY) => dlopen(module, file, flags | flag);
  try {
    return load();
  } finally {
    process.dlopen = dlopen;
  }
}

/** What has to be there before the library is loaded: it reads its environment once. */
function prepareEnvironment(device: TensorFlowDevice, threads: number): void {
  // tfjs-node 4.22 calls two functions that Node 23 dropped
  const former = util as unknown as Record<string, unknown>;
  former['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  former['isArray'] ??= Array.isArray;
  const { env } = process;
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  if (device === 'tensorflow-cpu') env['CUDA_VISIBLE_DEVICES'] = '-1';
  else {
    // the same bits every time, and float32 with all its bits: bfloat16 is there for speed
    env['TF_DETERMINISTIC_OPS'] ??= '1';
    env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  }
  env['TF_NUM_INTRAOP_THREADS'] = String(threads);
}
