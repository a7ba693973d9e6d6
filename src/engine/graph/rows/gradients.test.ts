import { describe, expect, it } from 'vitest';
import { evaluate, lastUses } from '../../executors/reference/evaluate.ts';
import { relativeError } from '../../verification/compare.ts';
import { gradients } from '../autodiff.ts';
import { assembleProgram, GraphBuilder } from '../builder.ts';
import { sizeOf, type Node, type Shape, type Value } from '../graph.ts';
import { opRows } from './table.ts';

type Build = (graph: GraphBuilder, ...inputs: Value[]) => Value;
interface Case {
  shapes: Shape[];
  build: Build;
}

/** Every op with a gradient rule, each in the variants that its rule tells apart. */
const cases: Record<string, Case[]> = {
  conv: [
    {
      shapes: [
        [2, 2, 5, 5],
        [3, 2, 3, 3],
      ],
      build: (g, x, w) => g.conv(x, w, { stride: 1, pad: 1 }),
    },
    {
      shapes: [
        [2, 2, 6, 6],
        [3, 2, 3, 3],
      ],
      build: (g, x, w) => g.conv(x, w, { stride: 2, pad: 1 }),
    },
    {
      shapes: [
        [1, 1, 7, 7],
        [2, 1, 3, 3],
      ],
      build: (g, x, w) => g.conv(x, w, { stride: 2, pad: 0 }),
    },
  ],
  convInputGrad: [
    {
      shapes: [
        [2, 3, 3, 3],
        [3, 2, 4, 4],
      ],
      build: (g, y, w) => g.transposedConv(y, w, { stride: 2, pad: 1 }),
    },
    {
      shapes: [
        [2, 2, 1, 1],
        [2, 2, 7, 7],
      ],
      build: (g, y, w) => g.transposedConv(y, w, { stride: 7, pad: 0 }),
    },
    {
      shapes: [
        [1, 2, 3, 3],
        [2, 1, 3, 3],
      ],
      build: (g, y, w) => g.convInputGrad(y, w, { stride: 2, pad: 1, size: 6 }),
    },
  ],
  convFilterGrad: [
    {
      shapes: [
        [2, 2, 5, 5],
        [2, 3, 5, 5],
      ],
      build: (g, x, y) => g.convFilterGrad(x, y, { stride: 1, pad: 1, kernel: 3 }),
    },
    {
      shapes: [
        [2, 2, 6, 6],
        [2, 1, 3, 3],
      ],
      build: (g, x, y) => g.convFilterGrad(x, y, { stride: 2, pad: 1, kernel: 3 }),
    },
  ],
  batchNorm: [{ shapes: [[3, 2, 3, 3], [2], [2]], build: (g, x, gamma, beta) => g.batchNorm(x, gamma, beta, 1e-5).y }],
  gelu: [{ shapes: [[50]], build: (g, x) => g.gelu(x) }],
  matmul: [
    {
      shapes: [
        [3, 4],
        [4, 2],
      ],
      build: (g, a, b) => g.matmul(a, b),
    },
    {
      shapes: [
        [4, 3],
        [4, 2],
      ],
      build: (g, a, b) => g.matmul(a, b, { transposeA: true }),
    },
    {
      shapes: [
        [3, 4],
        [2, 4],
      ],
      build: (g, a, b) => g.matmul(a, b, { transposeB: true }),
    },
    {
      shapes: [
        [4, 3],
        [2, 4],
      ],
      build: (g, a, b) => g.matmul(a, b, { transposeA: true, transposeB: true }),
    },
  ],
  concat: [
    {
      shapes: [
        [2, 1, 3],
        [2, 4, 3],
        [2, 2, 3],
      ],
      build: (g, ...values) => g.concat(values, 1),
    },
  ],
  slice: [{ shapes: [[2, 5, 3]], build: (g, x) => g.slice(x, { axis: 1, start: 1, length: 3 }) }],
  padZero: [{ shapes: [[2, 2, 3]], build: (g, x) => g.padZero(x, { axis: 1, before: 1, after: 2 }) }],
  reshape: [{ shapes: [[2, 6]], build: (g, x) => g.reshape(x, [3, 4]) }],
  transpose: [{ shapes: [[2, 3, 4]], build: (g, x) => g.transpose(x, [2, 0, 1]) }],
  add: [
    {
      shapes: [
        [2, 3, 2, 2],
        [3, 1, 1],
      ],
      build: (g, a, b) => g.add(a, b),
    },
  ],
  sub: [
    {
      shapes: [
        [3, 1],
        [2, 1, 4],
      ],
      build: (g, a, b) => g.sub(a, b),
    },
  ],
  mul: [
    {
      shapes: [
        [2, 3, 1, 1],
        [2, 3, 2, 2],
      ],
      build: (g, a, b) => g.mul(a, b),
    },
    { shapes: [[5]], build: (g, x) => g.mul(x, x) },
  ],
  div: [
    {
      shapes: [
        [2, 3],
        [1, 3],
      ],
      build: (g, a, b) => g.div(a, g.add(g.mul(b, b), g.constant(1))),
    },
  ],
  sum: [
    { shapes: [[2, 3, 4]], build: (g, x) => g.sum(x, [0, 2]) },
    { shapes: [[2, 3, 4]], build: (g, x) => g.sum(x, [1], true) },
  ],
  mean: [
    { shapes: [[2, 3, 4]], build: (g, x) => g.mean(x, [1, 2]) },
    { shapes: [[2, 3, 4, 4]], build: (g, x) => g.mean(x, [2, 3], true) },
  ],
  broadcastTo: [{ shapes: [[3, 1]], build: (g, x) => g.broadcastTo(x, [2, 3, 4]) }],
};

/** Numbers that repeat nowhere and are not symmetric. */
const numbers = (count: number, phase: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(1 + phase + 1.7 * i));

/** loss = Σ weights · op(inputs)², so that every output counts differently, and its gradients. */
function lossAndGradients({ shapes, build }: Case) {
  const graph = new GraphBuilder();
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
  const y = build(graph, ...inputs);
  const weighted = graph.mul(graph.mul(y, y), graph.input('weights', y.shape));
  const loss = graph.sum(
    weighted,
    y.shape.map((_, i) => i),
  );
  const of = gradients(graph, loss, inputs);
  const program = assembleProgram({ loss, ...Object.fromEntries(of.map((g, i) => [`g${i}`, g])) });
  const dead = lastUses(program);
  const weights = numbers(sizeOf(y.shape), 100);
  return (values: readonly Float64Array[]) => {
    const results = evaluate(program, dead, (node) => {
      const { name } = (node as Node<'input'>).attributes;
      return name === 'weights' ? weights : values[Number(name.slice(1))]!;
    });
    return { loss: results.get(loss)![0]!, gradients: of.map((g) => results.get(g)!) };
  };
}

describe('gradient rules against central finite differences', () => {
  it('has a case for every op with a gradient rule', () => {
    const differentiable = Object.entries(opRows).filter(([, row]) => row.gradient !== undefined);
    expect(Object.keys(cases).sort()).toEqual(differentiable.map(([op]) => op).sort());
  });

  for (const [op, variants] of Object.entries(cases))
    variants.forEach((variant, index) => {
      it(`${op}, variant ${index + 1}`, () => {
        const compute = lossAndGradients(variant);
        const values = variant.shapes.map((shape, i) => numbers(sizeOf(shape), i));
        const { gradients: analytic } = compute(values);
        const step = 1e-5;
        values.forEach((value, which) => {
          const numeric = value.map((v, at) => {
            const shifted = (shift: number) => compute(values.with(which, value.with(at, v + shift))).loss;
            return (shifted(step) - shifted(-step)) / (2 * step);
          });
          expect(relativeError(analytic[which]!, numeric), `input ${which}`).toBeLessThan(1e-7);
        });
      });
    });
});
