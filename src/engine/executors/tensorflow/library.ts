/** The native library: @tensorflow/tfjs-node-gpu out of an engine folder, loaded once for the life of the process. */
import { createRequire } from 'node:module';
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
  node: { loadSavedModel(folder: string, tags: string[], signature: string): Promise<TfSavedModel> };
}

export interface LibraryOptions {
  /** the folder whose node_modules holds tfjs-node-gpu with its binding and TensorFlow's libraries */
  engineFolder: string;
  /** processor threads for the work of one op; 0 is as many as there are cores */
  threads: number;
}

let loaded: { tf: TensorFlow; folder: string; threads: number } | undefined;

/**
 * Loads TensorFlow. Its threads and its device are settled by the first call in a process. Throws an EngineError when the
 * folder has no TensorFlow that starts, or when another folder or number of threads is already in use.
 */
export function loadTensorFlow({ engineFolder, threads }: LibraryOptions): TensorFlow {
  const folder = resolve(engineFolder);
  if (loaded !== undefined) {
    if (loaded.folder === folder && loaded.threads === threads) return loaded.tf;
    const of = (l: { folder: string; threads: number }) => `${l.folder} with ${l.threads || 'all'} threads`;
    throw new EngineError(
      'device',
      `TensorFlow already runs in this process from ${of(loaded)}, not from ${of({ folder, threads })}.`,
      'Another folder or number of threads takes a new process.',
    );
  }
  prepareEnvironment(threads);
  let tf: TensorFlow;
  try {
    tf = createRequire(`${folder}/`)(PACKAGE) as TensorFlow;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new EngineError('device', `TensorFlow in ${folder} doesn't start: ${reason}`, 'Install the engine again.', { cause });
  }
  loaded = { tf, folder, threads };
  return tf;
}

/** What has to be there before the library is loaded: it reads its environment once. */
function prepareEnvironment(threads: number): void {
  // tfjs-node 4.22 calls two functions that Node 23 dropped
  const former = util as unknown as Record<string, unknown>;
  former['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  former['isArray'] ??= Array.isArray;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  if (threads > 0) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
}
