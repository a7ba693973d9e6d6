/**
 * Builds graphs. Every method appends one node, checked by its op's shape rule, and returns its value. Ops have no effects,
 * so equal nodes are one: what two parts of a graph both need is computed once.
 */
import { sizeOf, type Node, type Program, type Shape, type Value } from './graph.ts';
import type { Attributes, ConvGeometry, OpName } from './ops.ts';
import { sameShape } from './rows/row.ts';
import { rowOf } from './rows/table.ts';

export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #named = new Map<string, Value>();
  readonly #known = new Map<string, readonly Value[]>();

  /** Appends one op, or finds it. Throws a RangeError when the inputs' shapes don't fit it. */
  apply<K extends OpName>(op: K, inputs: readonly Value[], attributes: Attributes[K]): readonly Value[] {
    const key = `${op} ${inputs.map(({ node, index }) => `${node.id}:${index}`).join()} ${JSON.stringify(attributes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const shapes = rowOf(op).shape(
      inputs.map((v) => v.shape),
      attributes,
    );
    const outputs: Value[] = [];
    const node: Node<K> = { id: this.#nodes.length, op, inputs, attributes, outputs };
    outputs.push(...shapes.map((shape, index): Value => ({ node, index, shape })));
    this.#nodes.push(node);
    this.#known.set(key, outputs);
    return outputs;
  }

  /** A tensor that is fed at each call. The same name gives the same value. */
  input(name: string, shape: Shape): Value {
    return this.#leaf('input', name, shape);
  }
  /** A tensor that persists between calls. The same name gives the same value. */
  state(name: string, shape: Shape): Value {
    return this.#leaf('state', name, shape);
  }
  constant(value: number, shape: Shape = []): Value {
    return this.#one('constant', [], { value, shape });
  }

  conv(x: Value, w: Value, geometry: ConvGeometry): Value {
    return this.#one('conv', [x, w], geometry);
  }
  convInputGrad(dy: Value, w: Value, attributes: Attributes['convInputGrad']): Value {
    return this.#one('convInputGrad', [dy, w], attributes);
  }
  convFilterGrad(x: Value, dy: Value, attributes: Attributes['convFilterGrad']): Value {
    return this.#one('convFilterGrad', [x, dy], attributes);
  }
  /** Conv2dTranspose: x [B, ci, H, W], w [ci, co, k, k] → [B, co, (H − 1) · stride − 2 pad + k, …]. */
  transposedConv(x: Value, w: Value, { stride, pad }: ConvGeometry): Value {
    const size = (x.shape[2]! - 1) * stride - 2 * pad + w.shape[2]!;
    return this.convInputGrad(x, w, { stride, pad, size });
  }
  batchNorm(x: Value, gamma: Value, beta: Value, epsilon: number): { y: Value; mean: Value; variance: Value } {
    const [y, mean, variance] = this.apply('batchNorm', [x, gamma, beta], { epsilon }) as [Value, Value, Value];
    return { y, mean, variance };
  }
  batchNormGrad(
    dy: Value,
    x: Value,
    gamma: Value,
    mean: Value,
    variance: Value,
    epsilon: number,
  ): { dx: Value; dGamma: Value; dBeta: Value } {
    const outputs = this.apply('batchNormGrad', [dy, x, gamma, mean, variance], { epsilon });
    const [dx, dGamma, dBeta] = outputs as [Value, Value, Value];
    return { dx, dGamma, dBeta };
  }
  gelu(x: Value): Value {
    return this.#one('gelu', [x], {});
  }
  geluGrad(x: Value, dy: Value): Value {
    return this.#one('geluGrad', [x, dy], {});
  }
  matmul(a: Value, b: Value, { transposeA = false, transposeB = false }: Partial<Attributes['matmul']> = {}): Value {
    return this.#one('matmul', [a, b], { transposeA, transposeB });
  }

  concat(values: readonly Value[], axis: number): Value {
    return this.#one('concat', values, { axis });
  }
  slice(x: Value, attributes: Attributes['slice']): Value {
    return this.#one('slice', [x], attributes);
  }
  padZero(x: Value, attributes: Attributes['padZero']): Value {
    return this.#one('padZero', [x], attributes);
  }
  reshape(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.#one('reshape', [x], { shape });
  }
  transpose(x: Value, permutation: readonly number[]): Value {
    return this.#one('transpose', [x], { permutation });
  }
  broadcastTo(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.#one('broadcastTo', [x], { shape });
  }

  add(a: Value, b: Value): Value {
    return this.#one('add', [a, b], {});
  }
  sub(a: Value, b: Value): Value {
    return this.#one('sub', [a, b], {});
  }
  mul(a: Value, b: Value): Value {
    return this.#one('mul', [a, b], {});
  }
  div(a: Value, b: Value): Value {
    return this.#one('div', [a, b], {});
  }
  sum(x: Value, axes: readonly number[], keepDims = false): Value {
    return this.#one('sum', [x], { axes, keepDims });
  }
  mean(x: Value, axes: readonly number[], keepDims = false): Value {
    return this.#one('mean', [x], { axes, keepDims });
  }
  /** The adjoint of broadcasting: sums x over what was repeated to get from `shape` to x's. */
  sumTo(x: Value, shape: Shape): Value {
    const offset = x.shape.length - shape.length;
    const axes = x.shape.map((_, i) => i).filter((i) => i < offset || (shape[i - offset] === 1 && x.shape[i] !== 1));
    return this.reshape(axes.length === 0 ? x : this.sum(x, axes, true), shape);
  }

  adam(
    tensors: { parameter: Value; m: Value; v: Value; gradient: Value },
    scalars: { learningRate: Value; correction1: Value; correction2: Value },
    attributes: Attributes['adam'],
  ): { parameter: Value; m: Value; v: Value } {
    const inputs = [tensors.parameter, tensors.m, tensors.v, tensors.gradient];
    const outputs = this.apply('adam', [...inputs, scalars.learningRate, scalars.correction1, scalars.correction2], attributes);
    const [parameter, m, v] = outputs as [Value, Value, Value];
    return { parameter, m, v };
  }

  /** The average after one more value; `rate` is 1 − decay. */
  ema(average: Value, value: Value, rate: Value): Value {
    return this.#one('ema', [average, value, rate], {});
  }

  #one<K extends OpName>(op: K, inputs: readonly Value[], attributes: Attributes[K]): Value {
    return this.apply(op, inputs, attributes)[0]!;
  }

  #leaf(op: 'input' | 'state', name: string, shape: Shape): Value {
    if (sizeOf(shape) < 1) throw new RangeError(`${op} ${name} is empty`);
    const known = this.#named.get(name);
    if (known === undefined) {
      const value = this.#one(op, [], { name, shape });
      this.#named.set(name, value);
      return value;
    }
    if (known.node.op !== op || !sameShape(known.shape, shape))
      throw new RangeError(
        `${op} ${name} of [${shape.join(', ')}] is already the ${known.node.op} of [${known.shape.join(', ')}]`,
      );
    return known;
  }
}

/**
 * The program that computes `outputs` and, after each call, sets the states named in `updates`.
 * Only nodes that these need are in it. Throws when an update names a state that the program doesn't read, or of another shape.
 */
export function assembleProgram(
  outputs: Readonly<Record<string, Value>>,
  updates: Readonly<Record<string, Value>> = {},
): Program {
  const reached = new Set<Node>();
  const pending = [...Object.values(outputs), ...Object.values(updates)].map((v) => v.node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    pending.push(...node.inputs.map((v) => v.node));
  }
  const nodes = [...reached].sort((a, b) => a.id - b.id);
  const leaves = (op: 'input' | 'state') =>
    Object.fromEntries(
      nodes.filter((n) => n.op === op).map((n) => [(n as Node<'input' | 'state'>).attributes.name, n.outputs[0]!]),
    );
  const states = leaves('state');
  for (const [name, value] of Object.entries(updates)) {
    const state = Object.hasOwn(states, name) ? states[name] : undefined;
    if (state === undefined) throw new RangeError(`the update of ${name} names no state that the program reads`);
    if (!sameShape(state.shape, value.shape))
      throw new RangeError(`the update of ${name} is [${value.shape.join(', ')}], the state [${state.shape.join(', ')}]`);
  }
  return { nodes, inputs: leaves('input'), states, outputs, updates };
}
