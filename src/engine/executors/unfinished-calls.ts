/**
 * Calls into a native library on a thread that it has for itself. A thread that is ended inside the library can take the
 * process with it, so a process that ends waits for the calls under way.
 */

/** Milliseconds that an ending process waits, for all threads together. */
const LONGEST_WAIT = 15_000;
const counters = new Set<Int32Array<SharedArrayBuffer>>();

/** The caller's side of a thread. */
export interface UnfinishedCalls {
  /** for the thread, which counts down with finishCall */
  readonly shared: Int32Array<SharedArrayBuffer>;
  /** A call is on its way. */
  begin(): void;
  /** The thread has ended. */
  forget(): void;
}

/** Counts the calls of a new thread. */
export function countUnfinished(): UnfinishedCalls {
  const shared = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  if (counters.size === 0 && !process.listeners('exit').includes(finishAll)) process.on('exit', finishAll);
  counters.add(shared);
  return {
    shared,
    begin: () => void Atomics.add(shared, 0, 1),
    forget: () => void counters.delete(shared),
  };
}

/** On the thread: a call is over, and its answer sent. */
export function finishCall(shared: Int32Array): void {
  Atomics.sub(shared, 0, 1);
  Atomics.notify(shared, 0);
}

function finishAll(): void {
  const deadline = performance.now() + LONGEST_WAIT;
  for (const unfinished of counters)
    for (let n = Atomics.load(unfinished, 0); n > 0; n = Atomics.load(unfinished, 0))
      if (Atomics.wait(unfinished, 0, n, Math.max(0, deadline - performance.now())) === 'timed-out') return;
}
