/**
 * Programs as one TensorFlow SavedModel. Its signatures: one for each program, `load` (sets every state) and `read` (gives
 * every state), all over the same resource variables. Outside, tensors have the graph's layouts; filters are turned to
 * TensorFlow's own once, in load.
 */
import type { Node, Program, Shape, Value } from '../../graph/graph.ts';
import { attr, GraphWriter, shapeOf } from './graph-writer.ts';
import { Lowering, tensorAt, type Lowered, type Variable } from './lowering/lowering.ts';
import { lower } from './lowering/table.ts';
import { HWIO, physical, plain, type Order } from './lowering/tensor.ts';
import type { LoweredPrograms } from './messages.ts';
import { DATA_TYPES, encodeSavedModel, type SavedModel, type SignatureDef } from './proto.ts';

export type { Lowered } from './lowering/lowering.ts';

export const TAG = 'from-noise';
/** Signatures' own names; programs stand under `run/`, so that theirs are free. */
export const SIGNATURES = { load: 'load', read: 'read', run: (program: string) => `run/${program}` } as const;
/** The output that says that a call's updates are done; programs' outputs stand under `output/`. */
export const DONE = 'done';
export const outputKey = (name: string): string => `output/${name}`;

const FLOAT = { dtype: attr.type('float32') };

/** The SavedModel of programs over states of these shapes, and what its signatures are fed and give. */
export function lowerPrograms(
  programs: Readonly<Record<string, Program>>,
  shapes: ReadonlyMap<string, Shape>,
  options: Lowered,
): LoweredPrograms {
  return {
    // a copy: the encoder's own array is part of a larger one
    model: new Uint8Array(encodeSavedModel(savedModel(programs, shapes, options))),
    states: shapes,
    programs: new Map(
      Object.entries(programs).map(([name, { inputs, states, outputs }]) => [
        name,
        {
          inputs: new Map(Object.entries(inputs).map(([input, { shape }]) => [input, shape])),
          states: Object.keys(states),
          outputs: Object.keys(outputs),
        },
      ]),
    ),
  };
}

function savedModel(
  programs: Readonly<Record<string, Program>>,
  shapes: ReadonlyMap<string, Shape>,
  options: Lowered,
): SavedModel {
  const writer = new GraphWriter();
  const filters = filterStates(programs);
  const states = [...shapes].map(([name, shape], i) => {
    const order: Order = filters.has(name) ? HWIO : plain(shape.length);
    const attrs = { ...FLOAT, shape: attr.shape(physical(shape, order)), shared_name: attr.text(`state/${i}`) };
    return { name, shape, order, handle: writer.add('VarHandleOp', [], attrs) };
  });

  const signatureDef: Record<string, SignatureDef> = {
    [SIGNATURES.load]: loadSignature(writer, states, options),
    [SIGNATURES.read]: readSignature(writer, states, options),
  };
  for (const [name, program] of Object.entries(programs)) {
    const variables = new Map(
      states.map((s): [string, Variable] => [s.name, { ...s, read: writer.add('ReadVariableOp', [s.handle], FLOAT) }]),
    );
    signatureDef[SIGNATURES.run(name)] = programSignature(new Lowering(writer, program, variables, options));
  }
  return {
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: [TAG] },
        // the version of TensorFlow 2.9, the oldest library that comes with tfjs-node 4.22
        graphDef: { node: writer.nodes, library: { function: writer.functions }, versions: { producer: 1087, minConsumer: 12 } },
        signatureDef,
      },
    ],
  };
}

interface State {
  name: string;
  shape: Shape;
  order: Order;
  handle: string;
}
const emptyProgram: Program = { nodes: [], inputs: {}, states: {}, outputs: {}, updates: {} };

/** tfjs-node throws on a signature without shapes, so each has one. */
const info = (edge: string, shape: Shape) => ({
  name: edge.includes(':') ? edge : `${edge}:0`,
  dtype: DATA_TYPES.float32,
  tensorShape: shapeOf(shape),
});
type Infos = SignatureDef['inputs'];
const signature = (methodName: string, inputs: Infos, outputs: Infos): SignatureDef => ({ methodName, inputs, outputs });

/** A scalar that comes out when the given nodes have run. */
const doneAfter = (writer: GraphWriter, nodes: readonly string[]): Infos => ({
  [DONE]: info(writer.add('Identity', [writer.float(1)], { T: attr.type('float32') }, nodes), []),
});

function loadSignature(writer: GraphWriter, states: readonly State[], options: Lowered): SignatureDef {
  const l = new Lowering(writer, emptyProgram, new Map(), options);
  const inputs: Infos = {};
  const assigned = states.map(({ name, shape, order, handle }) => {
    const fed = writer.add('Placeholder', [], { ...FLOAT, shape: attr.shape(shape) });
    inputs[name] = info(fed, shape);
    const value = l.arrange({ edge: fed, shape, order: plain(shape.length), type: 'float32' }, order);
    return writer.add('AssignVariableOp', [handle, value.edge], FLOAT);
  });
  return signature(SIGNATURES.load, inputs, doneAfter(writer, assigned));
}

function readSignature(writer: GraphWriter, states: readonly State[], options: Lowered): SignatureDef {
  const l = new Lowering(writer, emptyProgram, new Map(), options);
  const outputs: Infos = {};
  for (const { name, shape, order, handle } of states) {
    const edge = writer.add('ReadVariableOp', [handle], FLOAT);
    outputs[name] = info(l.asPlain({ edge, shape, order, type: 'float32' }).edge, shape);
  }
  return signature(SIGNATURES.read, {}, outputs);
}

function programSignature(l: Lowering): SignatureDef {
  const { writer, program, variables, tensors } = l;
  const inputs: Infos = {};
  for (const node of program.nodes) {
    const [value] = node.outputs;
    if (node.op === 'input') {
      const { name, shape } = (node as Node<'input'>).attributes;
      const fed = writer.add('Placeholder', [], { ...FLOAT, shape: attr.shape(shape) });
      inputs[name] = info(fed, shape);
      tensors.set(value!, tensorAt(fed, value!, plain(shape.length), 'float32'));
    } else if (node.op === 'state') {
      const { read, order } = variables.get((node as Node<'state'>).attributes.name)!;
      tensors.set(value!, tensorAt(read, value!, order, 'float32'));
    } else {
      const outputs = lower(
        l,
        node,
        node.inputs.map((v) => tensors.get(v)!),
      );
      outputs.forEach((tensor, i) => tensors.set(node.outputs[i]!, tensor));
    }
  }
  const outputs: Infos = {};
  for (const [name, value] of Object.entries(program.outputs))
    outputs[outputKey(name)] = info(l.asPlain(tensors.get(value)!).edge, value.shape);
  const updates = Object.entries(program.updates).map(([name, value]) => {
    const inPlace = l.applied.get(name);
    if (inPlace !== undefined) return inPlace;
    const { handle, order, read } = variables.get(name)!;
    const next = l.arrange(l.cast(tensors.get(value)!, 'float32'), order);
    return writer.add('AssignVariableOp', [handle, next.edge], FLOAT, [read]);
  });
  return signature('run', inputs, { ...outputs, ...doneAfter(writer, [...new Set(updates)]) });
}

/** The states that are filters of convolutions, and the moments and averages of those. */
function filterStates(programs: Readonly<Record<string, Program>>): Set<string> {
  const filters = new Set<string>();
  const nameOf = (v: Value | undefined): string | undefined => {
    if (v?.node.op === 'slice') return nameOf(v.node.inputs[0]); // a filter in parts
    return v?.node.op === 'state' ? (v.node as Node<'state'>).attributes.name : undefined;
  };
  const nodes = Object.values(programs).flatMap((program) => program.nodes);
  const mark = (v: Value | undefined) => {
    const name = nameOf(v);
    if (name !== undefined) filters.add(name);
  };
  for (const node of nodes) if (node.op === 'conv' || node.op === 'convInputGrad') mark(node.inputs[1]);
  for (const node of nodes)
    if (node.op === 'adam' && filters.has(nameOf(node.inputs[0]) ?? '')) {
      mark(node.inputs[1]);
      mark(node.inputs[2]);
    }
  for (const node of nodes) {
    const [average, value] = node.op === 'ema' ? node.inputs : [];
    if (value?.node.op === 'adam' && filters.has(nameOf(value.node.inputs[0]) ?? '')) mark(average);
  }
  return filters;
}
