/** What the executor and its worker thread tell each other. */
import type { Shape } from '../../graph/graph.ts';
import type { SessionCall } from '../thread-session.ts';
import type { LibraryOptions } from './library.ts';

/** Programs as a SavedModel, and what is fed and fetched. */
export interface LoweredPrograms {
  /** saved_model.pb */
  model: Uint8Array<ArrayBuffer>;
  states: ReadonlyMap<string, Shape>;
  programs: ReadonlyMap<string, { inputs: ReadonlyMap<string, Shape>; states: readonly string[]; outputs: readonly string[] }>;
}

export type Call = { kind: 'compile'; session: number; lowered: LoweredPrograms } | SessionCall;

/** The call that loads the library; it comes first. */
export interface Start {
  kind: 'start';
  options: LibraryOptions;
}

/** What the library says of itself. */
export interface Started {
  version: string;
}
