/** Collects the nodes and constants of one ONNX graph. Equal nodes are written once. */
import { createHash } from 'node:crypto';
import type { Shape } from '../../graph/graph.ts';
import {
  INT32,
  FLOAT,
  INT64,
  type AttributeProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueProto,
} from './proto.ts';

/** ONNX's own operators, ONNX Runtime's additions, and its channel-blocked convolutions. */
const OPERATOR_SETS = { '': 20, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 } as const;
export type Domain = keyof typeof OPERATOR_SETS;

/** A number is a float where `floats` names it, else an integer. */
export type NodeAttributes = Readonly<Record<string, number | readonly number[]>>;

/** Attributes whose value is a float; all other numbers are integers. */
const FLOAT_ATTRIBUTES = new Set(['alpha', 'beta', 'epsilon']);

export class GraphWriter {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueProto[] = [];
  readonly #outputs: ValueProto[] = [];
  readonly #known = new Map<string, readonly string[]>();
  /** tensors that leave the graph, with the names they leave under */
  readonly #renamed = new Map<string, string>();

  /** Declares a tensor that is fed, under its own name. */
  input(name: string, dims: Shape): string {
    this.#inputs.push({ name, dims });
    return name;
  }

  /** Gives a tensor out under another name. */
  output(name: string, tensor: string, dims: Shape): void {
    this.#outputs.push({ name, dims });
    const computed = this.#nodes.some((n) => n.output.includes(tensor));
    // a copy only where the tensor can't simply take the name
    if (computed && !this.#renamed.has(tensor)) this.#renamed.set(tensor, name);
    else this.#nodes.push({ name, opType: 'Identity', domain: '', input: [tensor], output: [name], attribute: [] });
  }

  /** Appends a node and returns its outputs' names. An empty input name stands for an optional input that is left out. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: NodeAttributes = {},
    options: { outputs?: number; domain?: Domain } = {},
  ): readonly string[] {
    const { outputs = 1, domain = '' } = options;
    const key = JSON.stringify([opType, domain, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `${opType}_${this.#nodes.length}`;
    const output = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}.${i}`));
    const attribute = Object.entries(attributes).map(([k, v]) => attributeProto(k, v));
    this.#nodes.push({ name, opType, domain, input: inputs, output, attribute });
    this.#known.set(key, output);
    return output;
  }

  /** A constant vector (or scalar, where `dims` is []) of whole numbers: shapes, axes, indices. */
  integers(values: readonly number[], dims: Shape = [values.length]): string {
    return this.#constant(INT64, dims, () => new Uint8Array(BigInt64Array.from(values, BigInt).buffer), values);
  }

  /** A constant vector of places for Gather. */
  indices(values: Int32Array): string {
    const digest = createHash('sha256').update(values).digest('hex');
    return this.#constant(INT32, [values.length], () => new Uint8Array(values.buffer), digest);
  }

  /** A constant tensor filled with one value. */
  filled(value: number, dims: Shape): string {
    const size = dims.reduce((a, b) => a * b, 1);
    return this.#constant(FLOAT, dims, () => new Uint8Array(new Float32Array(size).fill(value).buffer), [value]);
  }

  model(): ModelProto {
    const final = (names: readonly string[]) => names.map((n) => this.#renamed.get(n) ?? n);
    return {
      operatorSets: OPERATOR_SETS,
      nodes: this.#nodes.map((n) => ({ ...n, input: final(n.input), output: final(n.output) })),
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #constant(dataType: TensorProto['dataType'], dims: Shape, raw: () => Uint8Array, content: unknown): string {
    const key = JSON.stringify(['constant', dataType, dims, content]);
    const known = this.#known.get(key);
    if (known !== undefined) return known[0]!;
    const name = `constant_${this.#initializers.length}`;
    this.#initializers.push({ name, dims, dataType, raw: raw() });
    this.#known.set(key, [name]);
    return name;
  }
}

function attributeProto(name: string, value: number | readonly number[]): AttributeProto {
  if (typeof value !== 'number') return { name, type: 7, ints: value };
  return FLOAT_ATTRIBUTES.has(name) ? { name, type: 1, f: value } : { name, type: 2, i: value };
}
