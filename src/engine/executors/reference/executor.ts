/**
 * The reference executor: plain TypeScript, the ops' own kernels in float64, one node after another. It is slow and
 * it is what the other executors are measured by. States are kept in float32 between calls, as in a checkpoint,
 * so that a resumed run repeats the uninterrupted one.
 */
import type { Node, Program, Value } from '../../graph/graph.ts';
import { rowOf } from '../../graph/rows/table.ts';
import { checkInputs, checkStates, sharedStates } from '../checks.ts';
import type { Executor, Session, Tensors } from '../executor.ts';

export function openReferenceExecutor(): Executor {
  return {
    device: 'reference',
    engine: 'Reference, plain TypeScript',
    compile: (programs) => Promise.resolve(openSession(programs)),
  };
}

function openSession<Name extends string>(programs: Readonly<Record<Name, Program>>): Session<Name> {
  const shapes = sharedStates(programs);
  const states = new Map<string, Float32Array>();
  const plans = new Map(Object.entries<Program>(programs).map(([name, program]) => [name, lastUses(program)]));

  function run(name: Name, inputs: Tensors): Tensors {
    const program = programs[name];
    checkInputs(program, inputs);
    const values = evaluate(program, plans.get(name)!, (node) => {
      if (node.op === 'input') return inputs[nameOf(node)]!;
      const state = states.get(nameOf(node));
      if (state === undefined) throw new Error(`state ${nameOf(node)} is not loaded`);
      return state;
    });
    const results = (named: Readonly<Record<string, Value>>) =>
      Object.entries(named).map(([key, value]) => [key, Float32Array.from(values.get(value)!)] as const);
    for (const [key, data] of results(program.updates)) states.set(key, data);
    return Object.fromEntries(results(program.outputs));
  }

  return {
    load(tensors) {
      checkStates(shapes, tensors);
      for (const [name, data] of Object.entries(tensors)) states.set(name, data.slice());
      return Promise.resolve();
    },
    run: (name, inputs) => new Promise((resolve) => resolve(run(name, inputs))),
    read(names = [...shapes.keys()]) {
      const read = names.map((name) => {
        const data = states.get(name);
        if (data === undefined) throw new RangeError(`state ${name} is ${shapes.has(name) ? 'not loaded' : 'in no program'}`);
        return [name, data.slice()] as const;
      });
      return Promise.resolve(Object.fromEntries(read));
    },
    dispose() {
      states.clear();
      return Promise.resolve();
    },
  };
}

const nameOf = (node: Node): string => (node as Node<'input' | 'state'>).attributes.name;

/** For each node the values that nothing needs after it, so that memory is that of the live ones. */
function lastUses({ nodes, outputs, updates }: Program): Map<Node, Value[]> {
  const kept = new Set([...Object.values(outputs), ...Object.values(updates)]);
  const last = new Map<Value, Node>();
  for (const node of nodes) for (const v of [...node.inputs, ...node.outputs]) if (!kept.has(v)) last.set(v, node);
  const dead = new Map<Node, Value[]>();
  for (const [value, node] of last) dead.set(node, [...(dead.get(node) ?? []), value]);
  return dead;
}

/** Runs the kernels; returns the values of outputs and updates. */
function evaluate(
  program: Program,
  dead: ReadonlyMap<Node, Value[]>,
  leaf: (node: Node) => Float32Array,
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
