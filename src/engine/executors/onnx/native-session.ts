/** Compiled programs and their states inside ONNX Runtime. Runs block the thread they are called on (see worker.ts). */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Tensors } from '../executor.ts';
import type { LoweredProgram } from './program.ts';
import { sessionOptions, type OnnxRuntime } from './processor.ts';
import type { StateVector } from './states.ts';

interface CompiledProgram extends LoweredProgram {
  /** undefined while another program has its memory */
  session: InferenceSession | undefined;
}

/** Calls between two changes of program, on average, from which it is worth to make way for one another. */
const RARE_CHANGE = 8;

/** A state vector and a second one of its size: a call reads one and writes the other, then they change places. */
interface VectorPair {
  current: Tensor;
  next: Tensor | undefined;
}

export class NativeSession {
  readonly #onnx: OnnxRuntime;
  readonly #programs: ReadonlyMap<string, CompiledProgram>;
  readonly #vectors: readonly StateVector[];
  readonly #pairs = new Map<string, VectorPair>();
  readonly #loaded = new Set<string>();
  readonly #threads: number;
  /** the program that ran last, calls in all, and how often the program was another one than before */
  #last: CompiledProgram | undefined;
  #calls = 0;
  #changes = 0;

  private constructor(
    onnx: OnnxRuntime,
    programs: ReadonlyMap<string, CompiledProgram>,
    vectors: readonly StateVector[],
    threads: number,
  ) {
    this.#onnx = onnx;
    this.#programs = programs;
    this.#vectors = vectors;
    this.#threads = threads;
    for (const { name, size } of vectors) this.#pairs.set(name, { current: this.#vector(size), next: undefined });
  }

  static async open(
    onnx: OnnxRuntime,
    lowered: Readonly<Record<string, LoweredProgram>>,
    vectors: readonly StateVector[],
    threads: number,
  ): Promise<NativeSession> {
    const programs = new Map<string, CompiledProgram>();
    for (const [name, program] of Object.entries(lowered)) {
      const session = await onnx.InferenceSession.create(program.model, sessionOptions(threads));
      programs.set(name, { ...program, session });
    }
    return new NativeSession(onnx, programs, vectors, threads);
  }

  load(states: Tensors): void {
    for (const vector of this.#vectors)
      for (const { name, offset } of vector.members) {
        const data = Object.hasOwn(states, name) ? states[name] : undefined;
        if (data === undefined) continue;
        this.#data(vector.name).set(data, offset);
        this.#loaded.add(name);
      }
  }

  /** One call of a program; the outputs are new arrays. Throws a RangeError when a state of its vectors was never loaded. */
  async run(name: string, inputs: Tensors): Promise<Tensors> {
    const program = this.#programs.get(name)!;
    const feeds: Record<string, Tensor> = {};
    const fetches: Record<string, Tensor | null> = {};
    for (const { name: input, shape } of program.inputs)
      feeds[`input.${input}`] = new this.#onnx.Tensor('float32', inputs[input]!, shape);
    for (const { name: vector, updated } of program.vectors) {
      const pair = this.#pairs.get(vector)!;
      feeds[vector] = pair.current;
      if (updated) fetches[`next.${vector}`] = pair.next ??= this.#vector(pair.current.dims[0]!);
    }
    this.#requireLoaded(program);
    for (const output of program.outputs) fetches[`output.${output}`] = null;

    const results = await (await this.#sessionOf(program)).run(feeds, fetches);
    for (const { name: vector, updated } of program.vectors) {
      const pair = this.#pairs.get(vector)!;
      if (updated) [pair.current, pair.next] = [pair.next!, pair.current];
    }
    return Object.fromEntries(
      program.outputs.map((output) => {
        const tensor = results[`output.${output}`]!;
        const data = (tensor.data as Float32Array).slice();
        tensor.dispose();
        return [output, data];
      }),
    );
  }

  read(names: readonly string[]): Tensors {
    const wanted = new Set(names);
    const states: Tensors = {};
    for (const vector of this.#vectors)
      for (const { name, offset, shape } of vector.members) {
        if (!wanted.has(name)) continue;
        if (!this.#loaded.has(name)) throw new RangeError(`state ${name} is not loaded`);
        states[name] = this.#data(vector.name).slice(offset, offset + shape.reduce((a, b) => a * b, 1));
      }
    return states;
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#programs.values()) await session?.release();
    for (const { current, next } of this.#pairs.values()) {
      current.dispose();
      next?.dispose();
    }
    this.#pairs.clear();
  }

  /**
   * The program's session. Each keeps the memory of its last call: gigabytes, for a training step. So where programs
   * seldom change, as from full batches to the last of an epoch, one makes way for the other; making it again takes a tenth
   * of a second.
   */
  async #sessionOf(program: CompiledProgram): Promise<InferenceSession> {
    if (this.#last !== undefined && this.#last !== program) {
      this.#changes++;
      if (this.#calls >= RARE_CHANGE * this.#changes) {
        await this.#last.session?.release();
        this.#last.session = undefined;
      }
    }
    this.#last = program;
    this.#calls++;
    return (program.session ??= await this.#onnx.InferenceSession.create(program.model, sessionOptions(this.#threads)));
  }

  #requireLoaded({ vectors }: LoweredProgram): void {
    const read = new Set(vectors.map((v) => v.name));
    for (const vector of this.#vectors)
      for (const { name } of vector.members)
        if (read.has(vector.name) && !this.#loaded.has(name)) throw new RangeError(`state ${name} is not loaded`);
  }

  #data(vector: string): Float32Array {
    return this.#pairs.get(vector)!.current.data as Float32Array;
  }
  #vector(size: number): Tensor {
    return new this.#onnx.Tensor('float32', new Float32Array(size), [size]);
  }
}
