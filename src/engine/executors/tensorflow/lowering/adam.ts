import type { Node, Value } from '../../../graph/graph.ts';
import { attr } from '../graph-writer.ts';
import { tensorAt, type Lowering, type Rule, type Variable } from './lowering.ts';

const FLOAT = attr.type('float32');

/** The state that input `index` of an adam is, which output `index` becomes. */
function updated(l: Lowering, node: Node<'adam'>, index: number): [string, Variable] {
  const state = node.inputs[index]!.node;
  const name = state.op === 'state' ? (state as Node<'state'>).attributes.name : undefined;
  const next: Value | undefined = name === undefined ? undefined : l.program.updates[name];
  if (name === undefined || next?.node !== node || next.index !== index)
    throw new Error('TensorFlow computes adam in place: its parameter and moments must be states that become its outputs');
  return [name, l.variables.get(name)!];
}

/**
 * ResourceApplyAdam: p' = p − lr' m' / (√v' + ε'). Its own bias corrections take the powers of β in float32 and scale ε with
 * them (Kingma's ε̂), so they are switched off by powers of 0; lr' = lr c₁ / √c₂ and ε' = ε / √c₂ make it algorithm 1.
 */
export const adam: Rule<'adam'> = (l, node, inputs) => {
  const states = [0, 1, 2].map((index) => updated(l, node, index));
  const variables = states.map(([, variable]) => variable);
  const { order } = variables[0]!;
  const gradient = l.arrange(l.cast(inputs[3]!, 'float32'), order);
  const [learningRate, correction1, correction2] = inputs.slice(4).map((x) => x.edge) as [string, string, string];
  const { beta1, beta2, epsilon } = node.attributes;
  const T = { T: FLOAT };
  const root = l.once(`√${correction2}`, () => l.op('Sqrt', [correction2], T));
  const rate = l.once(`${learningRate} ${correction1} / ${root}`, () =>
    l.op('RealDiv', [l.op('Mul', [learningRate, correction1], T), root], T),
  );
  const scaledEpsilon = l.once(`${epsilon} / ${root}`, () => l.op('RealDiv', [l.writer.float(epsilon), root], T));
  const zero = l.writer.float(0);
  const [b1, b2] = [l.writer.float(beta1), l.writer.float(beta2)];
  const edges = [...variables.map((v) => v.handle), zero, zero, rate, b1, b2, scaledEpsilon, gradient.edge];
  const apply = l.op(
    'ResourceApplyAdam',
    edges,
    T,
    variables.map((v) => v.read),
  );
  for (const [name] of states) l.applied.set(name, apply);
  return node.outputs.map((next, i) => {
    const read = l.op('ReadVariableOp', [variables[i]!.handle], { dtype: FLOAT }, [apply]);
    return tensorAt(read, next, order, 'float32');
  });
};
