/** Sessions on a thread: what the executor asks, and how the thread answers. */
import type { Program, Shape } from '../graph/graph.ts';
import { checkInputs, checkStates } from './checks.ts';
import type { Session, Tensors } from './executor.ts';
import { transferable } from './transferable.ts';

/** Calls of a session by its number. */
export type SessionCall =
  | { kind: 'load'; session: number; states: Tensors }
  | { kind: 'run'; session: number; program: string; inputs: Tensors }
  | { kind: 'read'; session: number; names: readonly string[] }
  | { kind: 'dispose'; session: number };

type Ask = (call: SessionCall, transfer?: readonly ArrayBuffer[]) => Promise<Tensors>;

/** The caller's end of a compiled session: refuses what its programs don't know, and asks the thread for the rest. */
export function threadSession<Name extends string>(
  session: number,
  programs: Readonly<Record<Name, Program>>,
  shapes: ReadonlyMap<string, Shape>,
  ask: Ask,
): Session<Name> {
  return {
    async load(states) {
      checkStates(shapes, states);
      const { tensors, buffers } = transferable(states);
      await ask({ kind: 'load', session, states: tensors }, buffers);
    },
    async run(program, inputs) {
      checkInputs(programs[program], inputs);
      const { tensors, buffers } = transferable(inputs);
      return await ask({ kind: 'run', session, program, inputs: tensors }, buffers);
    },
    async read(names = [...shapes.keys()]) {
      const unknown = names.find((name) => !shapes.has(name));
      if (unknown !== undefined) throw new RangeError(`no program has a state ${unknown}`);
      return await ask({ kind: 'read', session, names });
    },
    async dispose() {
      await ask({ kind: 'dispose', session });
    },
  };
}

/** The library's end: what a thread keeps of a session. */
export interface NativeSession {
  load(states: Tensors): void;
  run(program: string, inputs: Tensors): Tensors | Promise<Tensors>;
  read(names: readonly string[]): Tensors;
  dispose(): void | Promise<void>;
}

/** The sessions that a thread has open. */
export class OpenSessions {
  readonly #open = new Map<number, NativeSession>();

  add(number: number, session: NativeSession): void {
    this.#open.set(number, session);
  }

  async answer(call: SessionCall): Promise<Tensors> {
    const session = this.#open.get(call.session);
    if (session === undefined) throw new Error('the session is disposed');
    switch (call.kind) {
      case 'load':
        session.load(call.states);
        return {};
      case 'run':
        return await session.run(call.program, call.inputs);
      case 'read':
        return session.read(call.names);
      case 'dispose':
        this.#open.delete(call.session);
        await session.dispose();
        return {};
    }
  }
}
