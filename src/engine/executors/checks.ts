/** What every executor promises about names and sizes, in one place. */
import { sizeOf, type Program, type Shape } from '../graph/graph.ts';
import type { Tensors } from './executor.ts';

/** The states of programs that share them, by name. Throws a RangeError when two programs give one different shapes. */
export function sharedStates(programs: Readonly<Record<string, Program>>): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const [program, { states }] of Object.entries(programs))
    for (const [name, { shape }] of Object.entries(states)) {
      const known = shapes.get(name);
      if (known !== undefined && known.join() !== shape.join())
        throw new RangeError(
          `state ${name} is [${known.join(', ')}] in one program and [${shape.join(', ')}] in ${program}: shared states need one shape`,
        );
      shapes.set(name, shape);
    }
  return shapes;
}

/** Throws a RangeError when a tensor is not among the states, or of another length. */
export function checkStates(shapes: ReadonlyMap<string, Shape>, states: Tensors): void {
  for (const [name, data] of Object.entries(states)) {
    const shape = shapes.get(name);
    if (shape === undefined) throw new RangeError(`no program has a state ${name}`);
    requireLength(`state ${name}`, shape, data);
  }
}

/** Throws a RangeError unless exactly the program's inputs are there, each of its length. */
export function checkInputs(program: Program, inputs: Tensors): void {
  for (const name of Object.keys(inputs))
    if (!Object.hasOwn(program.inputs, name)) throw new RangeError(`the program has no input ${name}`);
  for (const [name, { shape }] of Object.entries(program.inputs)) {
    const data = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (data === undefined) throw new RangeError(`input ${name} is missing`);
    requireLength(`input ${name}`, shape, data);
  }
}

function requireLength(what: string, shape: Shape, data: Float32Array): void {
  if (data.length !== sizeOf(shape))
    throw new RangeError(`${what} of [${shape.join(', ')}] needs ${sizeOf(shape)} numbers, not ${data.length}`);
}
