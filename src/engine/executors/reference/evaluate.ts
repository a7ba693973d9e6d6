/** Runs a program's kernels in float64. */
import type { Node, Program, Value } from '../../graph/graph.ts';
import { rowOf } from '../../graph/rows/table.ts';

/** For each node the values that nothing needs after it, so that memory is that of the live ones. */
export function lastUses({ nodes, outputs, updates }: Program): Map<Node, Value[]> {
  const kept = new Set([...Object.values(outputs), ...Object.values(updates)]);
  const last = new Map<Value, Node>();
  for (const node of nodes) for (const v of [...node.inputs, ...node.outputs]) if (!kept.has(v)) last.set(v, node);
  const dead = new Map<Node, Value[]>();
  for (const [value, node] of last) dead.set(node, [...(dead.get(node) ?? []), value]);
  return dead;
}

/** The values of outputs and updates. `leaf` gives those of inputs and states; `dead` is what lastUses says of the program. */
export function evaluate(
  program: Program,
  dead: ReadonlyMap<Node, Value[]>,
  leaf: (node: Node) => ArrayLike<number>,
): Map<Value, Float64Array> {
  const values = new Map<Value, Float64Array>();
  for (const node of program.nodes) {
    const results =
      node.op === 'input' || node.op === 'state'
        ? [Float64Array.from(leaf(node))]
        : rowOf(node.op).kernel({
            inputs: node.inputs.map((v) => values.get(v)!),
            inputShapes: node.inputs.map((v) => v.shape),
            outputShapes: node.outputs.map((v) => v.shape),
            attributes: node.attributes,
          });
    node.outputs.forEach((v, i) => values.set(v, results[i]!));
    for (const v of dead.get(node) ?? []) values.delete(v);
  }
  return values;
}
