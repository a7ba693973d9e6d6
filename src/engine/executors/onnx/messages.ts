/** What the executor asks of its thread. */
import type { SessionCall } from '../thread-session.ts';
import type { LoweredProgram } from './program.ts';
import type { StateVector } from './states.ts';

export type Call =
  | { kind: 'compile'; session: number; programs: Record<string, LoweredProgram>; vectors: StateVector[]; threads: number }
  | SessionCall;
