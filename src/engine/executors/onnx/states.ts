/**
 * Where states lie on the device. Parameters that one Adam moves lie end to end in one vector, and so do their moments:
 * the optimizer is a dozen nodes over the vector, instead of a dozen for each of a hundred tensors.
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
/** Adam nodes with the same scalars and attributes, in one program. */
export interface AdamBundle {
  readonly nodes: readonly Node<'adam'>[];
  readonly parameters: readonly string[];
  readonly m: readonly string[];
  readonly v: readonly string[];
}

const stateName = (v: Value): string | undefined =>
  v.node.op === 'state' ? (v.node as Node<'state'>).attributes.name : undefined;

/** The program's Adam nodes that go from states to the same states' updates and to nothing else, by their scalars. */
export function adamBundles(program: Program): AdamBundle[] {
  const used = new Set(program.nodes.flatMap((n) => n.inputs));
  const outputs = new Set(Object.values(program.outputs));
  const bundles = new Map<string, { nodes: Node<'adam'>[]; parameters: string[]; m: string[]; v: string[] }>();
  for (const node of program.nodes) {
    if (node.op !== 'adam') continue;
    const names = node.inputs.slice(0, 3).map(stateName);
    const closed = names.every((name, i) => {
      const next = node.outputs[i]!;
      return name !== undefined && program.updates[name] === next && !used.has(next) && !outputs.has(next);
    });
    if (!closed) continue;
    const key = JSON.stringify([node.inputs.slice(4).map((v) => [v.node.id, v.index]), node.attributes]);
    const bundle = bundles.get(key) ?? { nodes: [], parameters: [], m: [], v: [] };
    bundles.set(key, bundle);
    bundle.nodes.push(node as Node<'adam'>);
    const [parameter, m, v] = names as [string, string, string];
    bundle.parameters.push(parameter);
    bundle.m.push(m);
    bundle.v.push(v);
  }
  return [...bundles.values()];
}

/**
 * The vectors that hold all states of the programs; `shapes` are those of sharedStates.
 * States are only joined where every program that has an Adam moves the same ones in the same order.
 */
export function layOutStates(programs: readonly Program[], shapes: ReadonlyMap<string, Shape>): StateVector[] {
  const plans = programs.map(adamBundles).filter((bundles) => bundles.length > 0);
  const asText = (bundles: readonly AdamBundle[]) => JSON.stringify(bundles.map(({ parameters, m, v }) => [parameters, m, v]));
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
  for (const { parameters, m, v } of agreed) [parameters, m, v].forEach(place);
  for (const name of [...left]) place([name]);
  return vectors;
}
