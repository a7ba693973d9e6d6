/** Writes the nodes of a GraphDef. An edge is named `node` or `node:output`, a control edge `^node`. */
import { sizeOf, type Shape } from '../../graph/graph.ts';
import { DATA_TYPES, type AttrValue, type DataType, type FunctionDef, type NodeDef, type TensorShape } from './proto.ts';

export const shapeOf = (shape: Shape): TensorShape => ({ dim: shape.map((size) => ({ size })) });

/** A scalar as the attributes of a Const. */
export function scalarConst(value: number, type: 'float32' | 'uint32'): Attrs {
  const values = type === 'float32' ? { floatVal: [value] } : { uint32Val: [value] };
  return { dtype: attr.type(type), value: { tensor: { dtype: DATA_TYPES[type], tensorShape: shapeOf([]), ...values } } };
}

/** Attribute values by kind. */
export const attr = {
  type: (type: DataType): AttrValue => ({ type: DATA_TYPES[type] }),
  types: (types: readonly DataType[]): AttrValue => ({ list: { type: types.map((t) => DATA_TYPES[t]) } }),
  shape: (shape: Shape): AttrValue => ({ shape: shapeOf(shape) }),
  int: (i: number): AttrValue => ({ i }),
  ints: (i: readonly number[]): AttrValue => ({ list: { i: [...i] } }),
  float: (f: number): AttrValue => ({ f }),
  flag: (b: boolean): AttrValue => ({ b }),
  text: (s: string): AttrValue => ({ s: new TextEncoder().encode(s) }),
  func: (name: string): AttrValue => ({ func: { name } }),
} as const;
export type Attrs = Readonly<Record<string, AttrValue>>;

export class GraphWriter {
  readonly nodes: NodeDef[] = [];
  readonly functions: FunctionDef[] = [];
  readonly #constants = new Map<string, string>();

  /** Appends a node and returns its name, which is also the edge of its first output. */
  add(op: string, inputs: readonly string[], attrs: Attrs = {}, after: readonly string[] = []): string {
    const name = `${op}_${this.nodes.length}`;
    this.nodes.push({ name, op, input: [...inputs, ...after.map((node) => `^${node}`)], attr: attrs });
    return name;
  }

  /** A tensor filled with one float; equal ones are written once. */
  float(value: number, shape: Shape = []): string {
    return this.#constant(`f${value}[${shape.join()}]`, {
      dtype: DATA_TYPES.float32,
      tensorShape: shapeOf(shape),
      floatVal: [value],
    });
  }
  /** Floats in a given shape; equal ones are written once. */
  floats(values: readonly number[], shape: Shape): string {
    if (values.length !== sizeOf(shape)) throw new RangeError(`${values.length} floats don't fill [${shape.join(', ')}]`);
    return this.#constant(`f${values.join()}[${shape.join()}]`, {
      dtype: DATA_TYPES.float32,
      tensorShape: shapeOf(shape),
      floatVal: [...values],
    });
  }
  /** Integers in a given shape, as ops take sizes and axes; equal ones are written once. */
  ints(values: readonly number[], shape: Shape = [values.length]): string {
    if (values.length !== sizeOf(shape)) throw new RangeError(`${values.length} integers don't fill [${shape.join(', ')}]`);
    return this.#constant(`i${values.join()}[${shape.join()}]`, {
      dtype: DATA_TYPES.int32,
      tensorShape: shapeOf(shape),
      intVal: [...values],
    });
  }

  #constant(key: string, tensor: { dtype: number; tensorShape: TensorShape; floatVal?: number[]; intVal?: number[] }): string {
    let edge = this.#constants.get(key);
    if (edge === undefined) {
      edge = this.add('Const', [], { dtype: { type: tensor.dtype }, value: { tensor } });
      this.#constants.set(key, edge);
    }
    return edge;
  }
}
