import { coreCount } from '#engine/executors/cores.ts';
import { engineEnvironment } from '#installer/installer.ts';
import { engineOf } from './find-engine.ts';

/**
 * What glibc's allocator reads when a process starts: activations lie in huge pages where the system gives them, which
 * makes a step 2 to 3 % faster, and TensorFlow's threads share two heaps, which saves 20 MB.
 */
const MEMORY = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1', MALLOC_ARENA_MAX: '2' };

/**
 * Variables that a device's library reads once, when it is loaded: they belong to the process from its start.
 * `threads` 0 is as many as there are cores. Throws an EngineError `device` where the device's engine is not installed.
 */
export async function deviceEnvironment(device: string, threads: number): Promise<Record<string, string>> {
  const engine = await engineOf(device);
  if (engine === undefined) return {};
  return {
    ...engineEnvironment(engine),
    ...(process.platform === 'linux' ? MEMORY : {}),
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_NUM_INTRAOP_THREADS: String(threads === 0 ? coreCount() : threads),
    ...(device === 'tensorflow-gpu'
      ? {
          // not all of the card's memory at once: the window draws on it too
          TF_FORCE_GPU_ALLOW_GROWTH: 'true',
          // the same bits every time, and float32 with all its bits: bfloat16 is there for speed
          TF_DETERMINISTIC_OPS: '1',
          NVIDIA_TF32_OVERRIDE: '0',
        }
      : { CUDA_VISIBLE_DEVICES: '-1' }),
  };
}
