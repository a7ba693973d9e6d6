/** The one thread of a process that TensorFlow lives on: its binding keeps one table of tensors for the whole process. */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { EngineError } from '../../error.ts';
import type { Tensors } from '../executor.ts';
import { countUnfinished } from '../unfinished-calls.ts';
import type { LibraryOptions } from './library.ts';
import type { Call, Problem, Reply, Request, Started } from './messages.ts';

type Answer = Tensors | Started;
interface Pending {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** A worker thread and the calls it hasn't answered. It keeps the process alive only while it has some. */
export class TensorFlowThread {
  static #only: TensorFlowThread | undefined;
  /** The process's thread; a new one only where the last one failed. */
  static get(): TensorFlowThread {
    if (this.#only === undefined || this.#only.#failure !== undefined) this.#only = new TensorFlowThread();
    return this.#only;
  }

  readonly #unfinished = countUnfinished();
  readonly #worker = new Worker(workerFile(), {
    workerData: this.#unfinished.shared,
    // the library reads the process's own environment, which a thread's copy doesn't reach
    env: SHARE_ENV,
    // what a call is fed is freed with the little objects that hold it, so those are swept often: 40 MB less at D = 16
    resourceLimits: { maxYoungGenerationSizeMb: 3 },
  });
  readonly #pending = new Map<number, Pending>();
  /** what was found out about the library, once */
  xla: boolean | undefined;
  bfloat16Time: number | undefined;
  #calls = 0;
  #failure: Error | undefined;

  private constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (cause: unknown) => {
      this.#unfinished.forget();
      this.#fail(failed(cause instanceof Error ? cause.message : String(cause), cause));
    });
    this.#worker.on('exit', () => {
      this.#unfinished.forget();
      this.#fail(failed('its thread has ended'));
    });
  }

  /** Loads the library, or finds it loaded. */
  async start(options: LibraryOptions): Promise<Started> {
    return (await this.#ask({ kind: 'start', options }, [])) as Started;
  }

  /** The tensors that the call gives; none but for run and read. */
  async call(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Tensors> {
    return (await this.#ask(call, transfer)) as Tensors;
  }

  #ask(call: Request['call'], transfer: readonly ArrayBuffer[]): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#unfinished.begin();
      this.#worker.ref();
      this.#worker.postMessage({ id, call } satisfies Request, transfer);
    });
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('answer' in reply) pending?.resolve(reply.answer);
    else pending?.reject(errorOf(reply.problem));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

function errorOf(problem: Problem): Error {
  if (problem.kind === 'device') return new EngineError('device', problem.message, problem.hint);
  return problem.kind === 'range' ? new RangeError(problem.message) : failed(problem.message);
}

const failed = (message: string, cause?: unknown): EngineError =>
  new EngineError(
    'device',
    `TensorFlow failed: ${message}.`,
    'Where memory is short, a smaller batch or width helps; else choose another device in the settings.',
    { cause },
  );

/** worker.ts beside this file, or what the build makes of it. */
const workerFile = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './tensorflow-worker.js', import.meta.url);
