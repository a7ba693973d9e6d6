/** Reverse-mode differentiation on the graph: gradients are built from the ops' gradient rules, as more graph. */
import type { GraphBuilder } from './builder.ts';
import type { Node, Value } from './graph.ts';
import { rowOf } from './rows/table.ts';

/**
 * ∂loss/∂w for each w of `of`, in their order; the loss is a scalar. Work is built only for values that lead from
 * some w to the loss: none for images, targets or timesteps. Throws when a w doesn't reach the loss.
 */
export function gradients(graph: GraphBuilder, loss: Value, of: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) throw new RangeError(`only a scalar has a gradient, not [${loss.shape.join(', ')}]`);
  const path = ancestors(loss);
  const wanted = new Set(of);
  // nodes that some w flows into; inputs come before their users, since ids are a topological order
  const flowing = new Set<Node>();
  const flows = (v: Value): boolean => wanted.has(v) || flowing.has(v.node);
  for (const node of path) if (node.inputs.some(flows)) flowing.add(node);

  const gradientOf = new Map<Value, Value>([[loss, graph.constant(1)]]);
  for (const node of path.toReversed()) {
    if (!flowing.has(node)) continue;
    const outputGradients = node.outputs.map((v) => gradientOf.get(v));
    if (outputGradients.every((g) => g === undefined)) continue;
    const row = rowOf(node.op);
    if (row.gradient === undefined)
      throw new Error(`${node.op} has no gradient rule, and the loss depends on a parameter through it`);
    const contributions = row.gradient(graph, node, outputGradients, node.inputs.map(flows));
    contributions.forEach((contribution, i) => {
      const input = node.inputs[i]!;
      if (contribution === undefined || !flows(input)) return;
      const sum = gradientOf.get(input);
      gradientOf.set(input, sum === undefined ? contribution : graph.add(sum, contribution));
    });
  }
  return of.map((w) => {
    const g = gradientOf.get(w);
    if (g === undefined) throw new Error(`the loss doesn't depend on ${nameOf(w)}`);
    return g;
  });
}

/** All nodes that a value is computed from, itself included, in topological order. */
function ancestors(value: Value): Node[] {
  const reached = new Set<Node>();
  const pending = [value.node];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    pending.push(...node.inputs.map((v) => v.node));
  }
  return [...reached].sort((a, b) => a.id - b.id);
}

const nameOf = (v: Value): string =>
  v.node.op === 'state' || v.node.op === 'input' ? (v.node as Node<'state' | 'input'>).attributes.name : `a ${v.node.op}`;
