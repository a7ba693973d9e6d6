/** A whole program as one ONNX model: what is fed, the table's rows in order, what comes out. */
import { sizeOf, type Node, type Program, type Value } from '../../graph/graph.ts';
import type { OpName } from '../../graph/ops.ts';
import { EngineError } from '../../error.ts';
import { Lowering, type LoweringRow, type OnnxTensor } from './lowering.ts';
import { encodeModel } from './proto.ts';
import { adamStep, movedAverage } from './rows/optimizer.ts';
import { loweringRows } from './rows/table.ts';
import { adamBundles, type AdamBundle, type StateVector } from './states.ts';

/** A model with the names of its tensors, for whoever runs it. */
export interface LoweredProgram {
  model: Uint8Array;
  /** fed at each call: tensor `input.<name>` */
  inputs: readonly { name: string; shape: readonly number[] }[];
  /** given out at each call: tensor `output.<name>` */
  outputs: readonly string[];
  /** vectors that are read, and whether `next.<vector>` comes out */
  vectors: readonly { name: string; updated: boolean }[];
}

/**
 * Lowers a program. `block` is the processor's channel block (processor.ts); `vectors` must hold all of the program's states.
 * Throws an EngineError that names an op which the table lacks.
 */
export function lowerProgram(program: Program, vectors: readonly StateVector[], block: number): LoweredProgram {
  const on = new Lowering(program, block);
  const bundles = adamBundles(program).filter(({ parameters }) =>
    vectors.some((v) => v.members.length === parameters.length && v.members.every((m, i) => m.name === parameters[i])),
  );
  const bundled = new Set<Node>(bundles.flatMap((b) => [...b.nodes, ...b.emas]));

  for (const [name, value] of Object.entries(program.inputs))
    on.define(value, { name: on.graph.input(`input.${name}`, value.shape), shape: value.shape, layout: 'plain' });
  const { fed, parts } = feedStates(on, program, vectors, bundled);
  for (const node of program.nodes) if (!bundled.has(node)) lowerNode(on, node);

  for (const [name, value] of Object.entries(program.outputs))
    on.graph.output(`output.${name}`, on.plain(on.tensorOf(value)).name, value.shape);
  const updated = new Set<string>();
  const update = (vector: StateVector, next: OnnxTensor) => {
    updated.add(vector.name);
    on.graph.output(`next.${vector.name}`, next.name, [vector.size]);
  };
  for (const bundle of bundles) {
    const next = lowerBundle(on, bundle, fed);
    for (const { vector, tensor } of next) update(vector, tensor);
  }
  for (const [name, value] of Object.entries(program.updates)) {
    const vector = vectors.find((v) => v.members.some((m) => m.name === name))!;
    if (updated.has(vector.name)) continue;
    const nexts = vector.members.map((m) => {
      const next = m.name === name ? value : program.updates[m.name];
      return next === undefined ? parts.get(m.name)! : on.reshape(on.tensorOf(next), [sizeOf(m.shape)]);
    });
    update(vector, nexts.length === 1 ? nexts[0]! : on.op('Concat', nexts, [vector.size], { axis: 0 }));
  }
  return {
    model: encodeModel(on.graph.model()),
    inputs: Object.entries(program.inputs).map(([name, { shape }]) => ({ name, shape })),
    outputs: Object.keys(program.outputs),
    vectors: [...fed.keys()].map(({ name }) => ({ name, updated: updated.has(name) })),
  };
}

/** Feeds the vectors that the program reads, and cuts out the states that anything but a bundled Adam needs. */
function feedStates(on: Lowering, program: Program, vectors: readonly StateVector[], bundled: ReadonlySet<Node>) {
  const fed = new Map<StateVector, OnnxTensor>();
  const parts = new Map<string, OnnxTensor>();
  const isCut = (name: string, value: Value): boolean => {
    const update = program.updates[name];
    return (
      !on.usersOf(value).every((n) => bundled.has(n)) || on.leaves(value) || (update !== undefined && !bundled.has(update.node))
    );
  };
  for (const vector of vectors) {
    const members = vector.members.filter((m) => Object.hasOwn(program.states, m.name));
    if (members.length === 0) continue;
    const name = on.graph.input(vector.name, [vector.size]);
    fed.set(vector, { name, shape: [vector.size], layout: 'plain' });
    if (!members.some((m) => isCut(m.name, program.states[m.name]!))) continue;
    const lengths = on.graph.integers(vector.members.map((m) => sizeOf(m.shape)));
    const count = vector.members.length;
    const names = count === 1 ? [name] : on.graph.node('Split', [name, lengths], { axis: 0 }, { outputs: count });
    vector.members.forEach((m, i) => {
      const flat: OnnxTensor = { name: names[i]!, shape: [sizeOf(m.shape)], layout: 'plain' };
      parts.set(m.name, flat);
      const value = Object.hasOwn(program.states, m.name) ? program.states[m.name] : undefined;
      if (value !== undefined) on.define(value, m.shape.length === 1 ? flat : on.view(flat, m.shape));
    });
  }
  return { fed, parts };
}

function lowerNode(on: Lowering, node: Node): void {
  if (node.op === 'input' || node.op === 'state') return;
  if (node.op === 'constant') {
    const { value, shape } = (node as Node<'constant'>).attributes;
    on.define(node.outputs[0]!, on.filled(value, shape));
    return;
  }
  if (!Object.hasOwn(loweringRows, node.op))
    throw new EngineError(
      'device',
      `ONNX Runtime's lowering has no row for the op ${node.op}.`,
      'Choose another device in the settings.',
    );
  // the table pairs each op with its own row, which the compiler can't follow through a union
  const row = loweringRows[node.op] as LoweringRow<OpName>;
  const tensors = row(
    on,
    node,
    // the gradient of a BatchNorm takes a factor of dy along in its numbers for channels
    node.inputs.map((v, i) => (node.op === 'batchNormGrad' && i === 0 ? on.unsettledOf(v) : on.tensorOf(v))),
  );
  node.outputs.forEach((v, i) => on.define(v, tensors[i]!));
}

/** One Adam, and one running average, over the vectors that hold the bundle's states. */
function lowerBundle(on: Lowering, bundle: AdamBundle, fed: ReadonlyMap<StateVector, OnnxTensor>) {
  const [first] = bundle.nodes;
  const vectors = [bundle.parameters, bundle.m, bundle.v, bundle.averages]
    .filter((names) => names.length > 0)
    .map((names) => [...fed.keys()].find((v) => v.members[0]!.name === names[0])!);
  const [parameter, m, v, average] = vectors.map((vector) => fed.get(vector)!) as [
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
    OnnxTensor | undefined,
  ];
  const parts = bundle.nodes.map((n) => {
    const gradient = on.tensorOf(n.inputs[3]!);
    return on.reshape(gradient, [sizeOf(gradient.shape)]);
  });
  const gradient = parts.length === 1 ? parts[0]! : on.op('Concat', parts, parameter.shape, { axis: 0 });
  const [learningRate, correction1, correction2] = first!.inputs.slice(4).map((s) => on.tensorOf(s)) as [
    OnnxTensor,
    OnnxTensor,
    OnnxTensor,
  ];
  const tensors = { parameter, m, v, gradient, learningRate, correction1, correction2 };
  const next = adamStep(on, tensors, first!.attributes);
  const all = [next.parameter, next.m, next.v];
  if (average !== undefined) all.push(movedAverage(on, average, next.parameter, on.tensorOf(bundle.emas[0]!.inputs[2]!)));
  return all.map((tensor, i) => ({ vector: vectors[i]!, tensor }));
}
