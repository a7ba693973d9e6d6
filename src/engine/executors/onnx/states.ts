/**
 * Where states lie on the device. Parameters that one Adam moves lie end to end in one vector, and so do their moments
 * and averages: the optimizer is a dozen nodes over the vector, instead of a dozen for each of a hundred tensors.
 */
import { sizeOf, type Node, type Program, type Shape, type Value } from '../../graph/graph.ts';

interface StateMember {
  readonly name: string;
  readonly shape: Shape;
  /** in numbers, from the vector's start */
  readonly offset: number;
}
/** States that lie in one vector. */
export interface StateVector {
  /** the tensor that is fed; its successor comes out as `next.…` */
  readonly name: string;
  readonly size: number;
  readonly members: readonly StateMember[];
}
/** Adam nodes with the same scalars and attributes, in one program, and the averages of what they move, if all have one. */
export interface AdamBundle {
  readonly nodes: readonly Node<'adam'>[];
  /** one for each Adam node, or none */
  readonly emas: readonly Node<'ema'>[];
  readonly parameters: readonly string[];
  readonly m: readonly string[];
  readonly v: readonly string[];
  readonly averages: readonly string[];
}

const stateName = (v: Value): string | undefined =>
  v.node.op === 'state' ? (v.node as Node<'state'>).attributes.name : undefined;

type Growing = { -readonly [K in keyof AdamBundle]: AdamBundle[K][number][] };

/** The program's Adam nodes that go from states to the same states' updates and, but for an average, to nothing else, by their scalars. */
export function adamBundles(program: Program): AdamBundle[] {
  const users = new Map<Value, Node[]>();
  for (const node of program.nodes) for (const v of node.inputs) users.set(v, [...(users.get(v) ?? []), node]);
  const outputs = new Set(Object.values(program.outputs));
  /** The state that becomes `next` and nothing else does, if no other node than `reader` wants it. */
  const becomes = (state: Value, next: Value, reader?: Node): string | undefined => {
    const name = stateName(state);
    const free = (users.get(next) ?? []).every((n) => n === reader) && !outputs.has(next);
    return name !== undefined && program.updates[name] === next && free ? name : undefined;
  };
  const bundles = new Map<string, Growing>();
  for (const node of program.nodes) {
    if (node.op !== 'adam') continue;
    const follower = (users.get(node.outputs[0]!) ?? []).find((n) => n.op === 'ema' && n.inputs[1] === node.outputs[0]);
    const names = [0, 1, 2].map((i) => becomes(node.inputs[i]!, node.outputs[i]!, follower));
    const average = follower === undefined ? undefined : becomes(follower.inputs[0]!, follower.outputs[0]!);
    if (names.includes(undefined) || (follower !== undefined && average === undefined)) continue;
    const scalars = [...node.inputs.slice(4), ...(follower?.inputs.slice(2) ?? [])];
    const key = JSON.stringify([scalars.map((v) => [v.node.id, v.index]), node.attributes]);
    const bundle = bundles.get(key) ?? { nodes: [], emas: [], parameters: [], m: [], v: [], averages: [] };
    bundles.set(key, bundle);
    bundle.nodes.push(node as Node<'adam'>);
    const [parameter, m, v] = names as [string, string, string];
    bundle.parameters.push(parameter);
    bundle.m.push(m);
    bundle.v.push(v);
    if (average === undefined) continue;
    bundle.emas.push(follower as Node<'ema'>);
    bundle.averages.push(average);
  }
  return [...bundles.values()];
}

/**
 * The vectors that hold all states of the programs; `shapes` are those of sharedStates.
 * States are only joined where every program that has an Adam moves the same ones in the same order.
 */
export function layOutStates(programs: readonly Program[], shapes: ReadonlyMap<string, Shape>): StateVector[] {
  const plans = programs.map(adamBundles).filter((bundles) => bundles.length > 0);
  const asText = (bundles: readonly AdamBundle[]) =>
    JSON.stringify(bundles.map(({ parameters, m, v, averages }) => [parameters, m, v, averages]));
  const agreed = plans.length > 0 && plans.every((p) => asText(p) === asText(plans[0]!)) ? plans[0]! : [];

  const left = new Set(shapes.keys());
  const vectors: StateVector[] = [];
  const place = (names: readonly string[]) => {
    let offset = 0;
    const members = names.map((name): StateMember => {
      const shape = shapes.get(name)!;
      left.delete(name);
      const member = { name, shape, offset };
      offset += sizeOf(shape);
      return member;
    });
    vectors.push({ name: `state.${vectors.length}`, size: offset, members });
  };
  for (const { parameters, m, v, averages } of agreed) [parameters, m, v, averages].filter((n) => n.length > 0).forEach(place);
  for (const name of [...left]) place([name]);
  return vectors;
}
