/**
 * The ONNX executor: each program is one model, a training step one call of ONNX Runtime. It computes on a thread of its
 * own, so that the caller can prepare the next batch and answer others meanwhile.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EngineError } from '../../error.ts';
import type { Program } from '../../graph/graph.ts';
import { checkInputs, checkStates, sharedStates } from '../checks.ts';
import type { Executor, ExecutorOptions, Session, Tensors } from '../executor.ts';
import { transferable } from '../transferable.ts';
import { countUnfinished } from '../unfinished-calls.ts';
import type { Call, Reply, Request } from './messages.ts';
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
      const thread = new OnnxThread();
      try {
        await thread.call({ kind: 'compile', programs: lowered, vectors, threads });
      } catch (error) {
        await thread.end();
        throw error;
      }
      return {
        async load(states) {
          checkStates(shapes, states);
          const { tensors, buffers } = transferable(states);
          await thread.call({ kind: 'load', states: tensors }, buffers);
        },
        async run(program, inputs) {
          checkInputs(programs[program], inputs);
          const { tensors, buffers } = transferable(inputs);
          return await thread.call({ kind: 'run', program, inputs: tensors }, buffers);
        },
        async read(names = [...shapes.keys()]) {
          const unknown = names.find((name) => !shapes.has(name));
          if (unknown !== undefined) throw new RangeError(`no program has a state ${unknown}`);
          return await thread.call({ kind: 'read', names });
        },
        dispose: () => thread.end(),
      };
    },
  };
}

interface Pending {
  resolve: (tensors: Tensors) => void;
  reject: (error: Error) => void;
}

/** A worker thread and the calls that wait for its answer. It keeps the process alive only while it has some. */
class OnnxThread {
  readonly #unfinished = countUnfinished();
  readonly #worker = new Worker(workerFile(), { workerData: this.#unfinished.shared });
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #failure: Error | undefined;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (cause: unknown) => {
      this.#unfinished.forget();
      this.#fail(failure(cause instanceof Error ? cause.message : String(cause), cause));
    });
    this.#worker.on('exit', () => {
      this.#unfinished.forget();
      this.#fail(failure('its thread has ended'));
    });
  }

  call(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Tensors> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#unfinished.begin();
      this.#worker.ref();
      this.#worker.postMessage({ id, call } satisfies Request, transfer);
    });
  }

  /**
   * Frees what the thread holds and lets it run out. It is not terminated: what ends a thread from outside while native
   * objects are being freed can take the process with it.
   */
  async end(): Promise<void> {
    if (this.#failure !== undefined) return;
    const ended = once(this.#worker, 'exit');
    await this.call({ kind: 'dispose' });
    this.#worker.ref();
    await ended;
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (reply.ok) pending?.resolve(reply.tensors);
    else pending?.reject(reply.range ? new RangeError(reply.message) : failure(reply.message));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

const failure = (message: string, cause?: unknown): EngineError =>
  new EngineError(
    'device',
    `ONNX Runtime failed: ${message}.`,
    'Where memory is short, a smaller batch or width helps; else choose another device in the settings.',
    { cause },
  );

/** worker.ts beside this file, or what the build makes of it. */
const workerFile = (): URL => new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './onnx-worker.js', import.meta.url);
