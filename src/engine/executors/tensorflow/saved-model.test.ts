import { describe, expect, it } from 'vitest';
import { GraphBuilder, assembleProgram } from '../../graph/builder.ts';
import type { Program } from '../../graph/graph.ts';
import { guidedProgram, inferenceProgram, trainingProgram } from '../../model/programs.ts';
import { sharedStates } from '../checks.ts';
import { DATA_TYPES, decodeSavedModel, type NodeDef } from './proto.ts';
import { lowerPrograms, type Lowered } from './saved-model.ts';

const spec = { conditioning: 'class', width: 4 } as const;
const float32: Lowered = { images: 'float32', xla: true, winograd: 'where it pays' };
const bfloat16: Lowered = { images: 'bfloat16', xla: true, winograd: 'where it pays' };

function lower(programs: Readonly<Record<string, Program>>, options: Lowered) {
  const { model } = lowerPrograms(programs, sharedStates(programs), options);
  const [graph] = decodeSavedModel(model).metaGraphs;
  const { node: nodes, library } = graph!.graphDef;
  return { nodes, functions: library.function, signatures: graph!.signatureDef };
}
const producer = (edge: string): string => edge.replace(/^\^/, '').replace(/:\d+$/, '');
const typeOf = (node: NodeDef, attribute: string): number | undefined => {
  const value = node.attr[attribute];
  return value !== undefined && 'type' in value ? value.type : undefined;
};
const count = (nodes: readonly NodeDef[], op: string) => nodes.filter((n) => n.op === op).length;

describe('a lowered training step', () => {
  const programs = { full: trainingProgram(spec, 3, { ema: true }), last: trainingProgram(spec, 2, { ema: true }) };

  it.each([float32, bfloat16, { ...bfloat16, xla: false }])('has nodes in order, under names of their own: %j', (options) => {
    const { nodes, signatures } = lower(programs, options);
    const known = new Set<string>();
    for (const { name, input } of nodes) {
      expect(
        input.filter((edge) => !known.has(producer(edge))),
        name,
      ).toEqual([]);
      expect(known.has(name), name).toBe(false);
      known.add(name);
    }
    expect(Object.keys(signatures).sort()).toEqual(['load', 'read', 'run/full', 'run/last']);
    for (const { inputs, outputs } of Object.values(signatures))
      for (const { name } of [...Object.values(inputs), ...Object.values(outputs)])
        expect(known.has(producer(name)), name).toBe(true);
  });

  it('changes a variable only after its program has read it', () => {
    const { nodes } = lower(programs, float32);
    const byName = new Map(nodes.map((n) => [n.name, n]));
    const changes = nodes.filter((n) => n.op === 'ResourceApplyAdam' || (n.op === 'AssignVariableOp' && n.input.length > 2));
    expect(changes.length).toBeGreaterThan(2 * 50);
    for (const { op, input } of changes) {
      const changed = input.slice(0, op === 'ResourceApplyAdam' ? 3 : 1);
      const waitsFor = input.filter((edge) => edge.startsWith('^')).map((edge) => byName.get(producer(edge))!);
      expect(waitsFor.map((n) => n.op)).toEqual(changed.map(() => 'ReadVariableOp'));
      expect(waitsFor.map((n) => n.input[0])).toEqual(changed);
    }
  });

  it('is one set of variables for all programs', () => {
    const { nodes } = lower(programs, float32);
    expect(count(nodes, 'VarHandleOp')).toBe(sharedStates(programs).size);
  });

  it('computes images in bfloat16, all else in float32', () => {
    const { nodes } = lower(programs, bfloat16);
    const images = nodes.filter((n) => /^Conv2D|^FusedBatchNorm/.test(n.op));
    expect(new Set(images.map((n) => typeOf(n, 'T')))).toEqual(new Set([DATA_TYPES.bfloat16]));
    const others = nodes.filter((n) => /^(Sum|Mean|ResourceApplyAdam|Sqrt)$/.test(n.op));
    expect(new Set(others.map((n) => typeOf(n, 'T')))).toEqual(new Set([DATA_TYPES.float32]));
    for (const n of nodes) if (n.op === 'AssignVariableOp') expect(typeOf(n, 'dtype')).toBe(DATA_TYPES.float32);
  });

  it('turns filters when they are loaded and read, and nothing in a step', () => {
    const { nodes } = lower(programs, float32);
    const filters = [...sharedStates(programs).values()].filter((shape) => shape.length === 4).length;
    expect(count(nodes, 'Transpose')).toBe(2 * filters);
  });

  it('calls compiled functions for activations of images where there is a compiler, none elsewhere', () => {
    const compiled = lower(programs, bfloat16);
    expect(compiled.functions.map((f) => f.signature.name).sort()).toEqual(['geluGrad_bfloat16', 'gelu_bfloat16']);
    // 17 convolutions with BatchNorm and GELU in each of two programs, forward and back
    expect(count(compiled.nodes, 'PartitionedCall')).toBe(2 * 2 * 17);
    const plain = lower(programs, { ...bfloat16, xla: false });
    expect(plain.functions).toEqual([]);
    expect(count(plain.nodes, 'PartitionedCall')).toBe(0);
  });
});

describe('a lowered inference', () => {
  it('adds biases in the form that TensorFlow fuses with the convolution before them', () => {
    const { nodes } = lower({ run: inferenceProgram(spec, 2) }, float32);
    const biased = nodes.filter((n) => n.op === 'BiasAdd');
    expect(biased).toHaveLength(18);
  });
});

describe('adam', () => {
  it('is refused where it would change states that are not its own', () => {
    const g = new GraphBuilder();
    const tensors = { parameter: g.state('p', [2]), m: g.state('m', [2]), v: g.state('v', [2]), gradient: g.input('g', [2]) };
    const scalars = { learningRate: g.constant(1), correction1: g.constant(1), correction2: g.constant(1) };
    const { parameter } = g.adam(tensors, scalars, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const program = assembleProgram({ next: parameter });
    expect(() => lower({ program }, float32)).toThrow('computes adam in place');
  });
});

describe('a lowered guided step', () => {
  it('adds skip connections inside GELU, and copies no images together', () => {
    const { nodes, functions } = lower({ guided: guidedProgram(spec, 3) }, float32);
    expect(count(nodes, 'ConcatV2')).toBe(0);
    const sums = nodes.filter((n) => n.op === 'PartitionedCall' && n.input.length === 2);
    // three layers that take two images, for each of the two answers
    expect(sums).toHaveLength(6);
    const called = functions.find((f) => f.signature.inputArg.length === 2);
    expect(called?.signature.name).toBe('geluSum_float32');
    // the same sum, added before, is read by nobody
    const inputs = nodes.flatMap((n) => n.input.map(producer));
    const added = nodes.filter((n) => n.op === 'AddV2' && sums.some((s) => s.input.join() === n.input.join()));
    expect(added.map(({ name }) => inputs.includes(name))).toEqual(Array(6).fill(false));
  });
});
