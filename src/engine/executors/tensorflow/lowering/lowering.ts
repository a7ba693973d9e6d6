/** What the lowering rules share: the graph that they write to, and the conversions of order and type between tensors. */
import type { Node, Program, Shape, Value } from '../../../graph/graph.ts';
import type { OpName } from '../../../graph/ops.ts';
import { writeActivation, activationFunction, functionName, type Activation, type FloatType } from '../gelu.ts';
import { attr, type Attrs, type GraphWriter } from '../graph-writer.ts';
import { physical, physicalAxis, plain, sameSequence, type Order, type Tensor } from './tensor.ts';

/** What the library can do and the user asked for. */
export interface Lowered {
  /** type of images and of the filters that meet them; all else is float32 */
  images: FloatType;
  /** the library has XLA's compiler for this device */
  xla: boolean;
  /** which 3 × 3 convolutions in float32 are written in Winograd's way (winograd.ts) */
  winograd: 'none' | 'where it pays' | 'all';
}

/** A state on the device. */
export interface Variable {
  /** the VarHandleOp */
  handle: string;
  order: Order;
  /** the program's one ReadVariableOp: whatever changes the variable comes after it */
  read: string;
}

export class Lowering {
  readonly writer: GraphWriter;
  readonly program: Program;
  readonly options: Lowered;
  /** the program's states by name */
  readonly variables: ReadonlyMap<string, Variable>;
  /** what has been written, by the graph's values */
  readonly tensors = new Map<Value, Tensor>();
  /** what each batchNorm keeps for its gradient: three more edges */
  readonly reserves = new Map<Node, readonly string[]>();
  /** nodes that change variables in place, by the state that they change */
  readonly applied = new Map<string, string>();
  /** nodes that give gradients by filters, by the edge of the image that these are made from */
  readonly filterGrads = new Map<string, string>();
  readonly #memo = new Map<string, string>();

  constructor(writer: GraphWriter, program: Program, variables: ReadonlyMap<string, Variable>, options: Lowered) {
    this.writer = writer;
    this.program = program;
    this.variables = variables;
    this.options = options;
  }

  op(op: string, inputs: readonly string[], attrs: Attrs, after: readonly string[] = []): string {
    return this.writer.add(op, inputs, attrs, after);
  }

  /** Writes something once, however many rules ask for it. */
  once(key: string, write: () => string): string {
    let edge = this.#memo.get(key);
    if (edge === undefined) this.#memo.set(key, (edge = write()));
    return edge;
  }

  /** The same numbers in the same sequence, as another shape. */
  reshape(edge: string, type: FloatType, shape: Shape): string {
    return this.once(`${edge} as ${shape.join()}`, () =>
      this.op('Reshape', [edge, this.writer.ints(shape)], { T: attr.type(type) }),
    );
  }

  /** The same tensor with its axes in another order. */
  arrange(x: Tensor, order: Order): Tensor {
    if (x.order.every((axis, i) => axis === order[i])) return x;
    if (sameSequence(x.shape, x.order, order))
      return { ...x, edge: this.reshape(x.edge, x.type, physical(x.shape, order)), order };
    const permutation = order.map((axis) => physicalAxis(x.order, axis));
    // by what moves in memory, not by what the axes are called: a transposed tensor has the same edge
    const edge = this.once(`${x.edge} turned ${permutation.join()}`, () =>
      this.op('Transpose', [x.edge, this.writer.ints(permutation)], { T: attr.type(x.type) }),
    );
    return { ...x, edge, order };
  }

  /** The same tensor in another type. */
  cast(x: Tensor, type: FloatType): Tensor {
    if (x.type === type) return x;
    const edge = this.once(`${x.edge} to ${type}`, () =>
      this.op('Cast', [x.edge], { SrcT: attr.type(x.type), DstT: attr.type(type) }),
    );
    return { ...x, edge, type };
  }

  /** In the given order, in the type that images have. */
  asImages(x: Tensor, order: Order): Tensor {
    // cast first: a filter or image is transposed in half the memory then
    return this.arrange(this.cast(x, this.options.images), order);
  }

  /** In the graph's order, in float32. */
  asPlain(x: Tensor): Tensor {
    return this.cast(this.arrange(x, plain(x.shape.length)), 'float32');
  }

  /** GELU or its gradient over tensors of one order and type. */
  activation(name: Activation, inputs: readonly Tensor[]): string {
    const { type, shape } = inputs[0]!;
    const edges = inputs.map((x) => x.edge);
    // compiling takes longer than what it saves where there is one number to a channel, not an image
    const isImage = shape.length === 4 && shape[2]! * shape[3]! > 1;
    if (!this.options.xla || !isImage) return writeActivation(this.writer, name, edges, type);
    const called = functionName(name, type);
    if (!this.writer.functions.some((f) => f.signature.name === called))
      this.writer.functions.push(activationFunction(name, type));
    return this.op('PartitionedCall', edges, {
      Tin: attr.types(inputs.map(() => type)),
      Tout: attr.types([type]),
      f: attr.func(called),
      _XlaMustCompile: attr.flag(true),
    });
  }
}

/** How one op is written: its inputs as they came, its outputs as they fall out. */
export type Rule<K extends OpName> = (lowering: Lowering, node: Node<K>, inputs: readonly Tensor[]) => readonly Tensor[];

/** The tensor at an edge that has the value's shape. */
export const tensorAt = (edge: string, { shape }: Value, order: Order, type: FloatType): Tensor => ({ edge, shape, order, type });
