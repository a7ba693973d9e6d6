/**
 * What the rows of the lowering table work with: a graph that is being written, and tensors in one of two layouts.
 *
 * `plain` is PyTorch's NCHW. `blocked` is ONNX Runtime's NCHWc: [B, C, H, W] in the order [B, C/b, H, W, b], where b is
 * the width of the processor's vectors. Its convolutions run at three times the speed of plain ones, so image tensors
 * stay blocked from one convolution to the next, and what is between them works on either layout.
 */
import type { Node, Program, Shape, Value } from '../../graph/graph.ts';
import { sizeOf } from '../../graph/graph.ts';
import type { OpName } from '../../graph/ops.ts';
import { GraphWriter, type Domain, type NodeAttributes } from './graph-writer.ts';

export interface OnnxTensor {
  readonly name: string;
  /** [B, C, H, W] in both layouts */
  readonly shape: Shape;
  readonly layout: 'plain' | 'blocked';
  /** what this was computed from, where `affine` did it: cheaper to do again, scaled, than to keep and scale */
  readonly origin?: { x: OnnxTensor; scale: OnnxTensor; shift: OnnxTensor };
  /** what is still to be multiplied with; see `unsettledOf` */
  readonly factor?: number;
}

/** Writes one op's nodes; returns its outputs in order. */
export type LoweringRow<K extends OpName> = (on: Lowering, node: Node<K>, inputs: readonly OnnxTensor[]) => readonly OnnxTensor[];

const NCHWC: Domain = 'com.microsoft.nchwc';

export class Lowering {
  readonly graph = new GraphWriter();
  /** channels in a block, or 0 where the processor has no blocked convolutions */
  readonly block: number;
  readonly #users = new Map<Value, Node[]>();
  readonly #leaving: ReadonlySet<Value>;
  readonly #tensors = new Map<Value, OnnxTensor>();

  constructor(program: Program, block: number) {
    this.block = block;
    for (const node of program.nodes) for (const v of node.inputs) this.#users.set(v, [...(this.#users.get(v) ?? []), node]);
    this.#leaving = new Set([...Object.values(program.outputs), ...Object.values(program.updates)]);
  }

  /** The nodes that read a value. */
  usersOf(value: Value): readonly Node[] {
    return this.#users.get(value) ?? [];
  }
  /** Whether a value is one of the program's outputs or updates. */
  leaves(value: Value): boolean {
    return this.#leaving.has(value);
  }

  /** The tensor of a value that has been lowered. */
  tensorOf(value: Value): OnnxTensor {
    const { factor, ...tensor } = this.unsettledOf(value);
    return factor === undefined ? tensor : this.pointwise('Mul', [tensor, this.scalar(factor)]);
  }
  /** The same, perhaps with a factor that is still to be multiplied in. */
  unsettledOf(value: Value): OnnxTensor {
    const tensor = this.#tensors.get(value);
    if (tensor === undefined) throw new Error(`output ${value.index} of ${value.node.op} ${value.node.id} is not lowered yet`);
    return tensor;
  }
  define(value: Value, tensor: OnnxTensor): void {
    this.#tensors.set(value, tensor);
  }

  /** One node with one plain output. Blocked inputs are made plain. */
  op(opType: string, inputs: readonly (OnnxTensor | string)[], shape: Shape, attributes?: NodeAttributes): OnnxTensor {
    const names = inputs.map((x) => (typeof x === 'string' ? x : this.plain(x).name));
    return { name: this.graph.node(opType, names, attributes)[0]!, shape, layout: 'plain' };
  }

  /** a [B, m, k], b [B, n, k] → a bᵀ [B, m, n], without turning b in memory first. */
  productWithTransposed(a: OnnxTensor, b: OnnxTensor): OnnxTensor {
    const shape = [a.shape[0]!, a.shape[1]!, b.shape[1]!];
    const name = this.graph.node('FusedMatMul', [a.name, b.name], { transB: 1 }, { domain: 'com.microsoft' })[0]!;
    return { name, shape, layout: 'plain' };
  }

  /** One node that works element by element and so keeps its inputs' common layout. Scalars fit every layout. */
  pointwise(opType: string, inputs: readonly OnnxTensor[]): OnnxTensor {
    const widest = inputs.reduce((a, b) => (sizeOf(b.shape) > sizeOf(a.shape) ? b : a));
    const blocked = inputs.some((x) => x.layout === 'blocked');
    const names = inputs.map((x) => (!blocked || x.shape.length === 0 ? x : this.blocked(x)).name);
    return { shape: widest.shape, name: this.graph.node(opType, names)[0]!, layout: blocked ? 'blocked' : 'plain' };
  }

  /** One of the channel-blocked operators. Inputs are taken as they are; the output is blocked. */
  nchwc(opType: string, inputs: readonly string[], shape: Shape, attributes?: NodeAttributes): OnnxTensor {
    return { name: this.graph.node(opType, inputs, attributes, { domain: NCHWC })[0]!, shape, layout: 'blocked' };
  }

  /** The same numbers under another shape. */
  reshape(x: OnnxTensor, shape: Shape): OnnxTensor {
    return this.view(this.plain(x), shape);
  }

  /** The same bytes under another shape, whatever layout they are in: what comes out counts as plain. */
  view(x: OnnxTensor, shape: Shape): OnnxTensor {
    const name = this.graph.node('Reshape', [x.name, this.graph.integers(shape)])[0]!;
    return { name, shape, layout: 'plain' };
  }

  /** Whether a tensor of this shape can be blocked. */
  fits(shape: Shape): boolean {
    return this.block > 0 && shape.length === 4 && shape[1]! % this.block === 0;
  }

  blocked(x: OnnxTensor): OnnxTensor {
    if (x.layout === 'blocked') return x;
    // one pixel: both layouts are the same bytes
    if (x.shape[2] === 1 && x.shape[3] === 1) return { name: x.name, shape: x.shape, layout: 'blocked' };
    return this.nchwc('ReorderInput', [x.name], x.shape);
  }

  plain(x: OnnxTensor): OnnxTensor {
    if (x.layout === 'plain') return x;
    if (x.shape[2] === 1 && x.shape[3] === 1) return { name: x.name, shape: x.shape, layout: 'plain' };
    return { ...this.nchwc('ReorderOutput', [x.name], x.shape, { channels: x.shape[1]! }), layout: 'plain' };
  }

  /** A blocked tensor as [B, C/b, H·W, b], its true order. */
  blocks(x: OnnxTensor): OnnxTensor {
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    return this.view(this.blocked(x), [batch, channels / this.block, height * width, this.block]);
  }

  scalar(value: number): OnnxTensor {
    return this.filled(value, []);
  }

  /** A constant tensor of one value, which is in any layout that is asked for. */
  filled(value: number, shape: Shape): OnnxTensor {
    return { name: this.graph.filled(value, shape), shape, layout: 'plain' };
  }

  /**
   * scale · x + shift (+ addend) for each channel: scale and shift are [C]. In one pass where x is blocked:
   * a 1 × 1 convolution of each channel by itself.
   */
  affine(x: OnnxTensor, scale: OnnxTensor, shift: OnnxTensor, addend?: OnnxTensor): OnnxTensor {
    const channels = x.shape[1]!;
    if (x.layout === 'blocked') {
      const inputs = [x.name, this.view(scale, [channels, 1, 1, 1]).name, shift.name];
      if (addend !== undefined) inputs.push(this.blocked(addend).name);
      const y = this.nchwc('Conv', inputs, x.shape, { group: channels });
      return addend === undefined ? { ...y, origin: { x, scale, shift } } : y;
    }
    const [s, b] = [scale, shift].map((t) => this.view(t, [1, channels, 1, 1])) as [OnnxTensor, OnnxTensor];
    const y = this.pointwise('Add', [this.pointwise('Mul', [x, s]), b]);
    return addend === undefined ? y : this.pointwise('Add', [y, this.plain(addend)]);
  }

  /** k · x, from what x was computed from where that is known. */
  scaled(x: OnnxTensor, k: number): OnnxTensor {
    if (x.origin === undefined) return this.pointwise('Mul', [x, this.scalar(k)]);
    const [scale, shift] = [x.origin.scale, x.origin.shift].map((t) => this.pointwise('Mul', [t, this.scalar(k)]));
    return this.affine(x.origin.x, scale!, shift!);
  }

  /** The mean over B, H, W: x [B, C, H, W] → [C]. */
  channelMean(x: OnnxTensor): OnnxTensor {
    const images = x.layout === 'plain' ? x : this.imageMean(x);
    return this.op('ReduceMean', [images, this.graph.integers([0, 2, 3])], [x.shape[1]!], { keepdims: 0 });
  }

  /** The mean over H, W: x [B, C, H, W] → [B, C, 1, 1]. */
  imageMean(x: OnnxTensor): OnnxTensor {
    const shape = [x.shape[0]!, x.shape[1]!, 1, 1];
    return x.layout === 'plain'
      ? this.op('GlobalAveragePool', [x], shape)
      : { ...this.nchwc('GlobalAveragePool', [x.name], shape), layout: 'plain' };
  }
}
