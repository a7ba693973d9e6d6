/**
 * The thread that a native library has for itself: its calls are synchronous, and the caller's event loop has other things
 * to do. native-worker.ts is the thread's own side.
 */
import { setFlagsFromString } from 'node:v8';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { EngineError } from '../error.ts';
import { countUnfinished } from './unfinished-calls.ts';

/** What went wrong: a mistake of the caller's, an EngineError with its hint, or the library's failure. */
export type Problem = { kind: 'range' | 'failure'; message: string } | { kind: 'device'; message: string; hint: string };
export interface Request<Call> {
  id: number;
  call: Call;
}
export type Reply<Answer> = { id: number; answer: Answer } | { id: number; problem: Problem };

interface Pending<Answer> {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/**
 * A worker thread and the calls it hasn't answered. It keeps the process alive only while it has some, and lives as long as
 * the process: to end a thread while native objects are being freed can take the process with it.
 */
export class NativeThread<Call, Answer> {
  readonly #library: string;
  readonly #unfinished = countUnfinished();
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending<Answer>>();
  #calls = 0;
  #failure: Error | undefined;

  /** `file` is the worker's, `library` its name in errors. */
  constructor(library: string, file: URL, options: WorkerOptions = {}) {
    this.#library = library;
    if (file.pathname.endsWith('.ts')) keepWasmWrappers();
    this.#worker = new Worker(file, { ...options, workerData: this.#unfinished.shared });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply<Answer>) => this.#settle(reply));
    this.#worker.on('error', (cause: unknown) => this.#fail(cause instanceof Error ? cause.message : String(cause), cause));
    this.#worker.on('exit', () => this.#fail('its thread has ended'));
  }

  /** Nothing can be asked of it any more. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Throws a RangeError for a mistake of the caller's, else an EngineError `device`. */
  call(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#unfinished.begin();
      this.#worker.ref();
      this.#worker.postMessage({ id, call } satisfies Request<Call>, transfer);
    });
  }

  #settle(reply: Reply<Answer>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('answer' in reply) pending?.resolve(reply.answer);
    else pending?.reject(this.#errorOf(reply.problem));
  }

  #fail(message: string, cause?: unknown): void {
    this.#unfinished.forget();
    this.#failure ??= this.#failed(message, cause);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }

  #errorOf(problem: Problem): Error {
    if (problem.kind === 'device') return new EngineError('device', problem.message, problem.hint);
    return problem.kind === 'range' ? new RangeError(problem.message) : this.#failed(problem.message);
  }

  #failed(message: string, cause?: unknown): EngineError {
    return new EngineError(
      'device',
      `${this.#library} failed: ${message}.`,
      'Where memory is short, a smaller batch or width helps; else choose another device in the settings.',
      { cause },
    );
  }
}

/** worker.ts beside `caller`, or what the build makes of it. */
export const workerFile = (caller: string, built: string): URL =>
  new URL(caller.endsWith('.ts') ? './worker.ts' : `./${built}`, caller);

/**
 * From the sources, each thread strips the types of what it loads with a WebAssembly module of its own, which calls back
 * into JavaScript. V8 shares the compiled wrappers of these calls among all threads and, rarely, frees one twice as it
 * replaces it (V8 13.6 in Node 24.21: `Check failed: jit_page.has_value()`), which ends the process. Calls too few for
 * that to happen are slower by less than can be measured.
 */
function keepWasmWrappers(): void {
  setFlagsFromString('--wasm-wrapper-tiering-budget=1000000000');
}
