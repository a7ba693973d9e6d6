/** A file in the golden format, read with every expectation spoken out. */
import { EngineError } from '../error.ts';
import type { Tensors } from '../executors/executor.ts';
import { CLASSES, PIXELS, type UnetSpec } from '../model/unet.ts';
import { decodeTensors, TensorFileError, type Tensor, type TensorFile } from '../tensors/safetensors.ts';

const HINT = 'Make the golden files again, or copy them again from where they came from.';

export class GoldenFile {
  readonly name: string;
  readonly #file: TensorFile;

  /** Throws an EngineError `bad-input` that names the file when it is no safetensors file. */
  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    try {
      this.#file = decodeTensors(bytes);
    } catch (cause) {
      if (!(cause instanceof TensorFileError)) throw cause;
      throw new EngineError('bad-input', `${name} ${cause.message}.`, HINT, { cause });
    }
  }

  has(tensor: string): boolean {
    return this.#file.tensors.has(tensor);
  }

  /** Names of all tensors. */
  names(): string[] {
    return [...this.#file.tensors.keys()];
  }

  /** A float tensor's numbers. */
  floats(tensor: string): Float32Array {
    const { kind, data } = this.#tensor(tensor);
    if (kind !== 'F32') throw this.problem(`tensor ${tensor} is ${kind}, not F32`);
    return data as Float32Array;
  }

  /** A double tensor's numbers. */
  doubles(tensor: string): Float64Array {
    const { kind, data } = this.#tensor(tensor);
    if (kind !== 'F64') throw this.problem(`tensor ${tensor} is ${kind}, not F64`);
    return data as Float64Array;
  }

  /** A tensor of any kind as plain numbers: timesteps, flags. */
  numbers(tensor: string, count: number): number[] {
    const numbers = Array.from(this.#tensor(tensor).data as ArrayLike<number | bigint>, Number);
    if (numbers.length !== count) throw this.problem(`tensor ${tensor} holds ${numbers.length} numbers, not ${count}`);
    return numbers;
  }

  /** Class labels, 0 … 9. */
  labels(tensor: string, count: number): number[] {
    const labels = this.numbers(tensor, count);
    const bad = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= CLASSES);
    if (bad !== undefined) throw this.problem(`tensor ${tensor} holds the class ${bad}`);
    return labels;
  }

  /** Images, and how many there are. */
  images(tensor: string): { data: Float32Array; count: number } {
    const data = this.floats(tensor);
    if (data.length === 0 || data.length % PIXELS !== 0) throw this.problem(`tensor ${tensor} holds no 28 × 28 images`);
    return { data, count: data.length / PIXELS };
  }

  /** All float tensors under a prefix, by the rest of their names. */
  group(prefix: string): Tensors {
    const group: Tensors = {};
    for (const [name, { kind }] of this.#file.tensors)
      if (name.startsWith(prefix) && kind === 'F32') group[name.slice(prefix.length)] = this.floats(name);
    return group;
  }

  /** A number of the file's metadata. */
  setting(key: string, otherwise: number): number {
    const text = this.#file.metadata[key];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw this.problem(`metadata ${key} is "${text}"`);
    return value;
  }

  /** Width and conditioning, from the tensors themselves: `prefix` is what stands before the parameters' names. */
  spec(prefix: string): UnetSpec {
    const width = this.#tensor(`${prefix}init_block.conv1.conv.weight`).shape[0];
    if (width === undefined || width < 1) throw this.problem(`tensor ${prefix}init_block.conv1.conv.weight has no channels`);
    const knows = (block: string) => this.has(`${prefix}${block}.fc1.weight`);
    return { width, conditioning: knows('fc1_c') ? 'class' : knows('fc1_t') ? 'time' : 'none' };
  }

  problem(what: string): EngineError {
    return new EngineError('bad-input', `${this.name}: ${what}.`, HINT);
  }

  #tensor(name: string): Tensor {
    const tensor = this.#file.tensors.get(name);
    if (tensor === undefined) throw this.problem(`tensor ${name} is missing`);
    return tensor;
  }
}
