/**
 * The reference executor: plain TypeScript, the ops' own kernels in float64, one node after another. It is slow and
 * it is what the other executors are measured by. States are kept in float32 between calls, as in a checkpoint,
 * so that a resumed run repeats the uninterrupted one.
 */
import type { Node, Program, Value } from '../../graph/graph.ts';
import { checkInputs, checkStates, sharedStates } from '../checks.ts';
import type { Executor, Session, Tensors } from '../executor.ts';
import { evaluate, lastUses } from './evaluate.ts';

export function openReferenceExecutor(): Executor {
  return {
    device: 'reference',
    engine: 'Reference, plain TypeScript',
    compile: (programs) => promised(() => openSession(programs)),
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

  function load(tensors: Tensors): void {
    checkStates(shapes, tensors);
    for (const [name, data] of Object.entries(tensors)) states.set(name, data.slice());
  }

  function read(names: readonly string[] = [...shapes.keys()]): Tensors {
    const entries = names.map((name) => {
      const data = states.get(name);
      if (data === undefined) throw new RangeError(`state ${name} is ${shapes.has(name) ? 'not loaded' : 'in no program'}`);
      return [name, data.slice()] as const;
    });
    return Object.fromEntries(entries);
  }

  return {
    load: (tensors) => promised(() => load(tensors)),
    run: (name, inputs) => promised(() => run(name, inputs)),
    read: (names) => promised(() => read(names)),
    dispose: () => promised(() => states.clear()),
  };
}

/** What throws, rejects. */
const promised = <T>(compute: () => T): Promise<T> => new Promise((resolve) => resolve(compute()));

const nameOf = (node: Node): string => (node as Node<'input' | 'state'>).attributes.name;
