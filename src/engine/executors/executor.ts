import type { Program } from '../graph/graph.ts';

/** Tensors by name: row-major, in PyTorch's layouts, whatever the executor's own layout is. */
export type Tensors = Record<string, Float32Array>;

/**
 * The seam between the graph and a library. An executor lowers programs op by op to what its library does best,
 * and compiles each to one call. What a library can't do is said when it is opened, not in the middle of a run.
 */
export interface Executor {
  /** `onnx-cpu`; see DEVICES in the contract */
  readonly device: string;
  /** engine and version: `ONNX Runtime 1.30.0` */
  readonly engine: string;
  /**
   * Compiles programs that share their states. States start undefined: `load` them before the first `run`.
   * Throws when two programs give one state different shapes.
   */
  compile<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Session<Name>>;
}

/** Compiled programs with their states, on the device. Calls must not overlap. */
export interface Session<Name extends string = string> {
  /** Sets states by name; others stay. Throws on an unknown name or a wrong length. */
  load(states: Tensors): Promise<void>;
  /** One call: feeds every input of the program, applies its updates, returns its outputs. Copies nothing that it needn't. */
  run(program: Name, inputs: Tensors): Promise<Tensors>;
  /** Reads states back; all of them when no names are given. The arrays are the caller's to keep. */
  read(names?: readonly string[]): Promise<Tensors>;
  /** Frees the device's memory. The session is dead afterwards. */
  dispose(): Promise<void>;
}

export interface ExecutorOptions {
  /** processor threads; 0 is as many as there are cores */
  threads: number;
}
