/** The one thread of a process that TensorFlow lives on: its binding keeps one table of tensors for the whole process. */
import { SHARE_ENV } from 'node:worker_threads';
import type { Tensors } from '../executor.ts';
import { NativeThread, workerFile } from '../native-thread.ts';
import type { LibraryOptions } from './library.ts';
import type { Call, Start, Started } from './messages.ts';
import type { Lowered } from './saved-model.ts';

export class TensorFlowThread {
  static #only: TensorFlowThread | undefined;
  /** The process's thread; a new one only where the last one failed. */
  static get(): TensorFlowThread {
    if (this.#only === undefined || this.#only.#thread.failed) this.#only = new TensorFlowThread();
    return this.#only;
  }

  readonly #thread = new NativeThread<Start | Call, Tensors | Started>(
    'TensorFlow',
    workerFile(import.meta.url, 'tensorflow-worker.js'),
    {
      // the library reads the process's own environment, which a thread's copy doesn't reach
      env: SHARE_ENV,
      // what a call is fed is freed with the little objects that hold it, so those are swept often: 40 MB less at D = 16
      resourceLimits: { maxYoungGenerationSizeMb: 3 },
    },
  );
  /** what was found out about the library, once */
  xla: boolean | undefined;
  winograd: Lowered['winograd'] | undefined;
  bfloat16Time: number | undefined;

  /** Loads the library, or finds it loaded. */
  async start(options: LibraryOptions): Promise<Started> {
    return (await this.#thread.call({ kind: 'start', options })) as Started;
  }

  /** The tensors that the call gives; none but for run and read. */
  async call(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Tensors> {
    return (await this.#thread.call(call, transfer)) as Tensors;
  }
}
