/** The native library: @tensorflow/tfjs-node-gpu out of an engine folder, loaded once for the life of the process. */
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { EngineError } from '../../error.ts';

/**
 * The package's native part, which is all of it that is loaded. Its JavaScript (`tf.node.loadSavedModel`, `tf.tensor`) makes
 * the same calls, from 300 modules that take 38 MB of a process.
 */
const BINDING = '@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node';

/** What this executor uses of TFJSBinding, as the package's tfjs_binding.d.ts has it. Tensors and models are numbers. */
export interface TensorFlow {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  /** Shares the array's memory until the tensor is deleted and no call needs it. */
  createTensor(shape: number[], dtype: number, values: Float32Array): number;
  /** A copy. */
  tensorDataSync(tensor: number): Float32Array;
  deleteTensor(tensor: number): void;
  getNumOfTensors(): number;
  /** Reads the graph of a SavedModel into a session of its own. `tags` are separated by commas, and so are names below. */
  loadSavedModel(folder: string, tags: string): number;
  /** Runs the session from `inputs` to `outputs`. Takes as long as it takes, on the calling thread. */
  runSavedModel(model: number, tensors: number[], inputs: string, outputs: string): { id: number }[];
  deleteSavedModel(model: number): void;
  getNumOfSavedModels(): number;
  isUsingGpuDevice(): boolean;
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
    tf = keepingLoaded(() => createRequire(`${resolve(engineFolder)}/`)(BINDING) as TensorFlow);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new EngineError('device', `TensorFlow in ${engineFolder} doesn't start: ${reason}`, 'Install the engine again.', {
      cause,
    });
  }
  if (device === 'tensorflow-gpu' && !tf.isUsingGpuDevice())
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
