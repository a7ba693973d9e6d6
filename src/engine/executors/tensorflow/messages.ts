/** What the executor and its worker thread tell each other. */
import type { Shape } from '../../graph/graph.ts';
import type { Tensors } from '../executor.ts';
import type { LibraryOptions } from './library.ts';

/** Programs as a SavedModel, and what is fed and fetched. */
export interface LoweredPrograms {
  /** saved_model.pb */
  model: Uint8Array<ArrayBuffer>;
  states: ReadonlyMap<string, Shape>;
  programs: ReadonlyMap<string, { inputs: ReadonlyMap<string, Shape>; states: readonly string[]; outputs: readonly string[] }>;
}

/** Calls of a session by its number. */
export type Call =
  | { kind: 'compile'; session: number; lowered: LoweredPrograms }
  | { kind: 'load'; session: number; states: Tensors }
  | { kind: 'run'; session: number; program: string; inputs: Tensors }
  | { kind: 'read'; session: number; names: readonly string[] }
  | { kind: 'dispose'; session: number };
/** The call that loads the library; it comes first. */
export interface Start {
  kind: 'start';
  options: LibraryOptions;
}

/** What the library says of itself. */
export interface Started {
  version: string;
}
export interface Request {
  id: number;
  call: Start | Call;
}
/** What went wrong: a mistake of the caller's, an EngineError with its hint, or the library's failure. */
export type Problem = { kind: 'range' | 'failure'; message: string } | { kind: 'device'; message: string; hint: string };
export type Reply = { id: number; answer: Tensors | Started } | { id: number; problem: Problem };
