import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sizeOf, type Program, type Shape } from '../../graph/graph.ts';
import type { Session, Tensors } from '../executor.ts';
import type { TensorFlow, TfSavedModel, TfTensor } from './library.ts';
import type { Lowered } from './lowering/lowering.ts';
import { encodeSavedModel } from './messages.ts';
import { DONE, outputKey, savedModel, SIGNATURES, statesOf, TAG } from './saved-model.ts';

/**
 * Compiles programs to one TensorFlow session. tfjs-node's predict is synchronous: each load, run and read holds up this
 * process's event loop until the device is done, so whoever trains has a process of their own and yields between steps.
 */
export async function openSession<Name extends string>(
  tf: TensorFlow,
  programs: Readonly<Record<Name, Program>>,
  options: Lowered,
): Promise<Session<Name>> {
  const names = Object.keys(programs) as Name[];
  const wanted = [SIGNATURES.load, SIGNATURES.read, ...names.map(SIGNATURES.run)];
  const signatures = new Map<string, TfSavedModel>();
  const folder = await mkdtemp(join(tmpdir(), 'from-noise-tensorflow-'));
  try {
    await writeFile(join(folder, 'saved_model.pb'), encodeSavedModel(savedModel(programs, options)));
    // signatures of one folder share one session
    for (const name of wanted) signatures.set(name, await tf.node.loadSavedModel(folder, [TAG], name));
  } finally {
    // all of it is in memory now
    await rm(folder, { recursive: true, force: true });
  }
  return new TensorFlowSession(tf, programs, signatures);
}

class TensorFlowSession<Name extends string> implements Session<Name> {
  readonly #tf: TensorFlow;
  readonly #programs: Readonly<Record<Name, Program>>;
  readonly #signatures: Map<string, TfSavedModel>;
  readonly #states: ReadonlyMap<string, Shape>;
  /** states that have been loaded */
  readonly #known = new Set<string>();

  constructor(tf: TensorFlow, programs: Readonly<Record<Name, Program>>, signatures: Map<string, TfSavedModel>) {
    this.#tf = tf;
    this.#programs = programs;
    this.#signatures = signatures;
    this.#states = statesOf(programs);
  }

  load(states: Tensors): Promise<void> {
    return settle(() => {
      for (const [name, data] of Object.entries(states)) {
        const shape = this.#states.get(name);
        if (shape === undefined) throw new RangeError(`no program has a state ${name}`);
        requireLength(`state ${name}`, data, shape);
      }
      // the signature sets all: those that aren't named get what they hold
      const others = [...this.#states.keys()].filter((name) => !Object.hasOwn(states, name));
      const kept = others.some((name) => this.#known.has(name)) ? this.#readAll() : {};
      const all = Object.fromEntries(
        [...this.#states].map(([name, shape]): [string, [Float32Array, Shape]] => {
          const data = Object.hasOwn(states, name) ? states[name]! : kept[name];
          return [name, [data ?? new Float32Array(sizeOf(shape)), shape]];
        }),
      );
      this.#call(SIGNATURES.load, all);
      for (const name of Object.keys(states)) this.#known.add(name);
    });
  }

  run(program: Name, inputs: Tensors): Promise<Tensors> {
    return settle(() => {
      const { inputs: expected, states, outputs } = this.#programs[program];
      for (const name of Object.keys(states))
        if (!this.#known.has(name)) throw new Error(`state ${name} was never loaded, and ${program} needs it`);
      const fed: Record<string, [Float32Array, Shape]> = {};
      for (const [name, { shape }] of Object.entries(expected)) {
        const data = Object.hasOwn(inputs, name) ? inputs[name]! : undefined;
        if (data === undefined) throw new RangeError(`${program} needs an input ${name}`);
        requireLength(`input ${name}`, data, shape);
        fed[name] = [data, shape];
      }
      const result = this.#call(SIGNATURES.run(program), fed);
      return Object.fromEntries(Object.keys(outputs).map((name) => [name, result[outputKey(name)]!]));
    });
  }

  read(names?: readonly string[]): Promise<Tensors> {
    return settle(() => {
      const wanted = names ?? [...this.#states.keys()];
      for (const name of wanted) {
        if (!this.#states.has(name)) throw new RangeError(`no program has a state ${name}`);
        if (!this.#known.has(name)) throw new Error(`state ${name} was never loaded`);
      }
      const all = this.#readAll();
      return Object.fromEntries(wanted.map((name) => [name, all[name]!]));
    });
  }

  dispose(): Promise<void> {
    return settle(() => {
      // the last one closes the session, and its variables go with it
      for (const signature of this.#signatures.values()) signature.dispose();
      this.#signatures.clear();
    });
  }

  #readAll(): Tensors {
    return this.#call(SIGNATURES.read, {});
  }

  #call(name: string, inputs: Readonly<Record<string, readonly [Float32Array, Shape]>>): Tensors {
    const signature = this.#signatures.get(name);
    if (signature === undefined) throw new Error('the session is disposed');
    const fed: Record<string, TfTensor> = {};
    let results: Record<string, TfTensor> = {};
    try {
      for (const [key, [data, shape]] of Object.entries(inputs)) fed[key] = this.#tf.tensor(data, [...shape]);
      results = signature.predict(fed);
      return Object.fromEntries(
        Object.entries(results)
          .filter(([key]) => key !== DONE)
          .map(([key, tensor]) => [key, tensor.dataSync()]),
      );
    } finally {
      for (const tensor of [...Object.values(fed), ...Object.values(results)]) tensor.dispose();
    }
  }
}

function requireLength(what: string, data: Float32Array, shape: Shape): void {
  if (data.length !== sizeOf(shape))
    throw new RangeError(`${what} has ${data.length} numbers, not ${sizeOf(shape)} ([${shape.join(', ')}])`);
}

/** Synchronous work behind the seam's promises: what it throws is a rejection. */
const settle = <T>(work: () => T): Promise<T> =>
  new Promise((done) => {
    done(work());
  });
