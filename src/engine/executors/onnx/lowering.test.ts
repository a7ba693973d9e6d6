import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { sizeOf, type Program, type Shape, type Value } from '../../graph/graph.ts';
import { normals } from '../../random/draws.ts';
import { relativeError } from '../../verification/compare.ts';
import type { Session, Tensors } from '../executor.ts';
import { openReferenceExecutor } from '../reference/executor.ts';
import { openOnnxExecutor } from './executor.ts';

/**
 * Every row of the lowering table against the reference kernels. Channels that fill blocks (16, 32, 48) take ONNX
 * Runtime's blocked layout, others (1, 3, 20) the plain one; a convolution in front makes a tensor blocked.
 */
const programs: Record<string, Program> = {};

function given(name: string, build: (graph: GraphBuilder) => Value | readonly Value[]): void {
  const outputs = [build(new GraphBuilder())].flat();
  programs[name] = assembleProgram(Object.fromEntries(outputs.map((v, i) => [`output ${i} [${v.shape.join(', ')}]`, v])));
}

/** x [B, C, H, H] as it leaves a convolution: blocked where C fills blocks. */
function image(g: GraphBuilder, name: string, channels: number, batch = 2, size = 5): Value {
  return g.conv(g.input(name, [batch, channels, size, size]), g.input(`${name}.w`, [channels, channels, 1, 1]), {
    stride: 1,
    pad: 0,
  });
}

const geometries = [
  { size: 6, kernel: 3, stride: 1, pad: 1 },
  { size: 7, kernel: 3, stride: 1, pad: 1 },
  { size: 6, kernel: 3, stride: 1, pad: 0 },
  { size: 8, kernel: 3, stride: 2, pad: 1 },
  { size: 7, kernel: 3, stride: 2, pad: 1 },
  { size: 8, kernel: 4, stride: 2, pad: 1 },
  { size: 9, kernel: 3, stride: 3, pad: 0 },
  { size: 5, kernel: 1, stride: 1, pad: 0 },
  { size: 7, kernel: 7, stride: 7, pad: 0 },
  { size: 14, kernel: 7, stride: 7, pad: 0 },
];
const channels = [
  [16, 16],
  [32, 16],
  [16, 48],
  [1, 16],
  [16, 1],
  [3, 16],
  [16, 3],
  [3, 5],
  [20, 20],
] as const;
for (const { size, kernel, stride, pad } of geometries)
  for (const [ci, co] of channels) {
    const out = Math.floor((size + 2 * pad - kernel) / stride) + 1;
    // a batch that is no whole number of blocks is filled up in the weight's gradient
    for (const batch of size === 6 ? [2, 16, 18] : [2])
      given(`conv ${ci} → ${co}, ${size} × ${size}, kernel ${kernel}, stride ${stride}, pad ${pad}, batch ${batch}`, (g) => {
        const x = g.input('x', [batch, ci, size, size]);
        const w = g.input('w', [co, ci, kernel, kernel]);
        const dy = g.input('dy', [batch, co, out, out]);
        return [
          g.conv(x, w, { stride, pad }),
          g.convInputGrad(dy, w, { stride, pad, size }),
          g.convFilterGrad(x, dy, { stride, pad, kernel }),
        ];
      });
  }
// an image so large that the filter of its weight gradient is taken in parts of rows
given('weight gradient in parts, 64 → 64, 28 × 28', (g) =>
  g.convFilterGrad(g.input('x', [3, 64, 28, 28]), g.input('dy', [3, 64, 28, 28]), { stride: 1, pad: 1, kernel: 3 }),
);

for (const c of [16, 20]) {
  given(`bias inside a convolution, ${c} channels`, (g) => {
    const bias = g.reshape(g.state('bias', [c]), [1, c, 1, 1]);
    return g.add(g.conv(g.input('x', [2, c, 5, 5]), g.input('w', [c, c, 3, 3]), { stride: 1, pad: 1 }), bias);
  });
  given(`bias inside a transposed convolution, ${c} channels`, (g) => {
    const bias = g.reshape(g.state('bias', [c]), [1, c, 1, 1]);
    return g.add(bias, g.transposedConv(g.input('x', [2, c, 3, 3]), g.input('w', [c, c, 4, 4]), { stride: 2, pad: 1 }));
  });
  given(`bias after a convolution that is also read elsewhere, ${c} channels`, (g) => {
    const y = image(g, 'x', c);
    return [g.add(y, g.reshape(g.state('bias', [c]), [1, c, 1, 1])), y];
  });
  given(`batchNorm and its gradient, ${c} channels`, (g) => {
    const x = g.add(image(g, 'x', c), g.constant(3));
    const [gamma, beta] = [g.input('gamma', [c]), g.input('beta', [c])];
    const { y, mean, variance } = g.batchNorm(x, gamma, beta, 1e-5);
    const { dx, dGamma, dBeta } = g.batchNormGrad(image(g, 'dy', c), x, gamma, mean, variance, 1e-5);
    return [y, mean, variance, dx, dGamma, dBeta];
  });
  given(`gelu and its gradient, ${c} channels`, (g) => {
    // from −20 to 20 and beyond: tails as well as the middle
    const x = g.mul(image(g, 'x', c), g.constant(4));
    return [g.gelu(x), g.geluGrad(x, image(g, 'dy', c)), g.geluGrad(x, g.input('plain', [2, c, 5, 5]))];
  });
  given(`arithmetic, ${c} channels`, (g) => {
    const [a, b] = [image(g, 'a', c), image(g, 'b', c)];
    const positive = g.add(g.mul(b, b), g.constant(1));
    return [g.add(a, b), g.sub(a, b), g.mul(a, g.input('plain', [2, c, 5, 5])), g.div(a, positive), g.sub(g.constant(2), a)];
  });
  given(`arithmetic with a number for each channel, ${c} channels`, (g) => {
    const a = image(g, 'a', c);
    const [ofAll, ofEach] = [g.input('all', [1, c, 1, 1]), g.input('each', [2, c, 1, 1])];
    return [g.add(a, ofAll), g.sub(ofAll, a), g.mul(ofEach, a), g.add(a, ofEach), g.mul(a, g.input('map', [1, 1, 5, 5]))];
  });
  given(`reductions, ${c} channels`, (g) => {
    const x = image(g, 'x', c);
    return [
      g.mean(x, [2, 3], true),
      g.sum(x, [2, 3]),
      g.mean(x, [0, 2, 3]),
      g.sum(x, [0, 2, 3], true),
      g.sum(x, [1]),
      g.mean(x, [1, 2, 3]),
      g.mean(x, [0, 1, 2, 3]),
    ];
  });
  given(`concat, slice and padZero, ${c} channels`, (g) => {
    const [a, b] = [image(g, 'a', c), image(g, 'b', c)];
    const both = g.concat([a, b], 1);
    return [
      both,
      g.concat([a, b], 2),
      g.concat([a, g.input('three', [2, 3, 5, 5])], 1),
      g.slice(both, { axis: 1, start: c, length: c }),
      g.slice(both, { axis: 1, start: 5, length: 7 }),
      g.slice(both, { axis: 0, start: 1, length: 1 }),
      g.slice(both, { axis: 3, start: 1, length: 2 }),
      g.padZero(a, { axis: 1, before: 2, after: 1 }),
    ];
  });
  given(`slices that are all of a tensor, ${c} channels`, (g) => {
    const x = g.concat([image(g, 'a', c), image(g, 'b', c), image(g, 'c', c)], 1);
    const y = g.mul(x, g.constant(2));
    const cut = (v: Value, start: number, length: number) => g.slice(v, { axis: 1, start, length });
    return [cut(x, 2 * c, c), cut(x, 0, c), cut(x, c, c), cut(y, 0, c + 3), cut(y, c + 3, 2 * c - 3)];
  });
  given(`reshape, transpose and broadcastTo, ${c} channels`, (g) => {
    const x = image(g, 'x', c);
    const pixel = image(g, 'pixel', c, 2, 1);
    return [
      g.reshape(x, [2, c * 25]),
      g.transpose(x, [1, 0, 3, 2]),
      g.add(g.broadcastTo(pixel, [2, c, 5, 5]), x),
      g.broadcastTo(g.input('row', [5]), [2, 3, 5]),
      g.reshape(pixel, [2, c]),
    ];
  });
}
given('gelu of a matrix and its gradient', (g) => {
  const x = g.mul(g.input('x', [3, 50]), g.constant(5));
  return [g.gelu(x), g.geluGrad(x, g.input('dy', [3, 50]))];
});
given('matmul', (g) => {
  const input = (name: string, shape: Shape) => g.input(name, shape);
  return [
    g.matmul(input('a', [3, 4]), input('b', [4, 5])),
    g.matmul(input('at', [4, 3]), input('b', [4, 5]), { transposeA: true }),
    g.matmul(input('a', [3, 4]), input('bt', [5, 4]), { transposeB: true }),
    g.matmul(input('at', [4, 3]), input('bt', [5, 4]), { transposeA: true, transposeB: true }),
  ];
});
given('adam outside of a training step', (g) => {
  const tensors = { parameter: g.input('p', [7]), m: g.input('m', [7]), v: g.constant(0.5, [7]), gradient: g.input('g', [7]) };
  const scalars = { learningRate: g.constant(0.1), correction1: g.constant(10), correction2: g.constant(1000) };
  return Object.values(g.adam(tensors, scalars, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }));
});

given('ema outside of a training step', (g) => {
  const rate = g.input('rate', []);
  return [g.ema(g.input('a', [7]), g.input('b', [7]), rate), g.ema(g.input('plain', [2, 16, 5, 5]), image(g, 'x', 16), rate)];
});

describe('each op on ONNX Runtime', () => {
  const drawn = (named: Readonly<Record<string, Value>>, seed: number): Tensors =>
    Object.fromEntries(
      Object.entries(named).map(([name, { shape }], step) => [
        name,
        normals(new Float32Array(sizeOf(shape)), { seed, stream: 'noise', step }),
      ]),
    );
  let onnx: Session;
  beforeAll(async () => {
    const executor = await openOnnxExecutor('onnx-cpu', { threads: 1 });
    // states of one name have different shapes in different cases
    const stateless = Object.entries(programs).filter(([, p]) => Object.keys(p.states).length === 0);
    onnx = await executor.compile(Object.fromEntries(stateless));
  });
  afterAll(() => onnx.dispose());

  it.each(Object.entries(programs))('%s', async (name, program) => {
    const inputs = drawn(program.inputs, 7);
    const states = drawn(program.states, 8);
    const reference = await openReferenceExecutor().compile({ program });
    await reference.load(states);
    const expected = await reference.run('program', inputs);
    let actual: Tensors;
    if (Object.keys(states).length === 0) actual = await onnx.run(name, inputs);
    else {
      const session = await (await openOnnxExecutor('onnx-cpu', { threads: 1 })).compile({ program });
      await session.load(states);
      actual = await session.run('program', inputs);
      await session.dispose();
    }
    for (const output of Object.keys(program.outputs))
      expect(relativeError(actual[output]!, expected[output]!), output).toBeLessThan(1e-5);
  });
});
