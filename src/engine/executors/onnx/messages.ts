/** What the executor and its worker thread tell each other. */
import type { Tensors } from '../executor.ts';
import type { LoweredProgram } from './program.ts';
import type { StateVector } from './states.ts';

export type Call =
  | { kind: 'compile'; programs: Record<string, LoweredProgram>; vectors: StateVector[]; threads: number }
  | { kind: 'load'; states: Tensors }
  | { kind: 'run'; program: string; inputs: Tensors }
  | { kind: 'read'; names: readonly string[] }
  | { kind: 'dispose' };

export interface Request {
  id: number;
  call: Call;
}
/** `range` marks a mistake of the caller's; anything else is the library's failure. */
export type Reply = { id: number; ok: true; tensors: Tensors } | { id: number; ok: false; message: string; range: boolean };
