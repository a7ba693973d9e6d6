/** Compiled programs and their states inside TensorFlow. Every call blocks the thread it is made on (see worker.ts). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sizeOf, type Shape } from '../../graph/graph.ts';
import type { Tensors } from '../executor.ts';
import type { TensorFlow, TfSavedModel, TfTensor } from './library.ts';
import type { LoweredPrograms } from './messages.ts';
import { DONE, outputKey, SIGNATURES, TAG } from './saved-model.ts';

type Fed = readonly [name: string, data: Float32Array, shape: Shape];

export class NativeSession {
  readonly #tf: TensorFlow;
  readonly #lowered: LoweredPrograms;
  readonly #signatures: ReadonlyMap<string, TfSavedModel>;
  readonly #loaded = new Set<string>();

  private constructor(tf: TensorFlow, lowered: LoweredPrograms, signatures: ReadonlyMap<string, TfSavedModel>) {
    this.#tf = tf;
    this.#lowered = lowered;
    this.#signatures = signatures;
  }

  static async open(tf: TensorFlow, { model, ...lowered }: LoweredPrograms): Promise<NativeSession> {
    const folder = await mkdtemp(join(tmpdir(), 'from-noise-tensorflow-'));
    const signatures = new Map<string, TfSavedModel>();
    try {
      await writeFile(join(folder, 'saved_model.pb'), model);
      // signatures of one folder share one TensorFlow session, and so its variables
      for (const name of [SIGNATURES.load, SIGNATURES.read, ...[...lowered.programs.keys()].map(SIGNATURES.run)])
        signatures.set(name, await tf.node.loadSavedModel(folder, [TAG], name));
    } catch (error) {
      for (const signature of signatures.values()) signature.dispose();
      throw error;
    } finally {
      // all of it is in memory now
      await rm(folder, { recursive: true, force: true });
    }
    return new NativeSession(tf, { model: new Uint8Array(), ...lowered }, signatures);
  }

  /** The signature sets all states: those that aren't named are given what they hold. */
  load(states: Tensors): void {
    const held = this.#loaded.size > 0 ? this.#predict(SIGNATURES.read, []) : {};
    const all = [...this.#lowered.states].map(([name, shape]): Fed => {
      const data = Object.hasOwn(states, name) ? states[name] : held[name];
      return [name, data ?? new Float32Array(sizeOf(shape)), shape];
    });
    this.#predict(SIGNATURES.load, all);
    for (const name of Object.keys(states)) this.#loaded.add(name);
  }

  /** One call of a program; the outputs are new arrays. Throws a RangeError when a state that it needs was never loaded. */
  run(name: string, inputs: Tensors): Tensors {
    const program = this.#lowered.programs.get(name)!;
    this.#requireLoaded(program.states);
    const fed = [...program.inputs].map(([input, shape]): Fed => [input, inputs[input]!, shape]);
    const fetched = this.#predict(SIGNATURES.run(name), fed);
    return Object.fromEntries(program.outputs.map((output) => [output, fetched[outputKey(output)]!]));
  }

  /** New arrays. Throws a RangeError when one of them was never loaded. */
  read(names: readonly string[]): Tensors {
    this.#requireLoaded(names);
    const all = this.#predict(SIGNATURES.read, []);
    return Object.fromEntries(names.map((name) => [name, all[name]!]));
  }

  /** The last signature closes TensorFlow's session, and the variables go with it. */
  dispose(): void {
    for (const signature of this.#signatures.values()) signature.dispose();
  }

  #requireLoaded(names: readonly string[]): void {
    const missing = names.find((name) => !this.#loaded.has(name));
    if (missing !== undefined) throw new RangeError(`state ${missing} was never loaded`);
  }

  /** Runs a signature: makes tensors of what it is fed, and arrays of what comes out. */
  #predict(signature: string, inputs: readonly Fed[]): Tensors {
    const fed: Record<string, TfTensor> = {};
    let fetched: Record<string, TfTensor> = {};
    try {
      for (const [name, data, shape] of inputs) fed[name] = this.#tf.tensor(data, [...shape]);
      fetched = this.#signatures.get(signature)!.predict(fed);
      const arrays = Object.entries(fetched).map(([name, tensor]) => [name, tensor.dataSync()] as const);
      return Object.fromEntries(arrays.filter(([name]) => name !== DONE));
    } finally {
      for (const tensor of [...Object.values(fed), ...Object.values(fetched)]) tensor.dispose();
    }
  }
}
