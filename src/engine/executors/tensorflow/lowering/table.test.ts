import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../../../graph/autodiff.ts';
import { assembleProgram, GraphBuilder } from '../../../graph/builder.ts';
import { sizeOf, type Program, type Shape, type Value } from '../../../graph/graph.ts';
import { normals } from '../../../random/draws.ts';
import { relativeError } from '../../../verification/compare.ts';
import type { Session, Tensors } from '../../executor.ts';
import { openReferenceExecutor } from '../../reference/executor.ts';
import { openTensorFlowExecutor } from '../executor.ts';

/** Every op on TensorFlow against its reference kernel, on images in TensorFlow's order as well as on tensors in the graph's. */
const programs: Record<string, Program> = {};

function given(name: string, build: (graph: GraphBuilder) => Value | readonly Value[]): void {
  const outputs = [build(new GraphBuilder())].flat();
  programs[name] = assembleProgram(Object.fromEntries(outputs.map((v, i) => [`output ${i} [${v.shape.join(', ')}]`, v])));
}

/** x [B, C, H, H] as it leaves a convolution: an image in TensorFlow's order. */
const image = (g: GraphBuilder, name: string, channels = 3, batch = 2, size = 5): Value =>
  g.conv(g.input(name, [batch, channels, size, size]), g.input(`${name}.w`, [channels, channels, 1, 1]), { stride: 1, pad: 0 });

for (const { size, kernel, stride, pad } of [
  { size: 6, kernel: 3, stride: 1, pad: 1 },
  { size: 6, kernel: 3, stride: 1, pad: 0 },
  { size: 5, kernel: 3, stride: 1, pad: 2 },
  { size: 8, kernel: 3, stride: 2, pad: 1 },
  { size: 7, kernel: 3, stride: 2, pad: 1 },
  { size: 8, kernel: 4, stride: 2, pad: 1 },
  { size: 9, kernel: 3, stride: 3, pad: 0 },
  { size: 10, kernel: 3, stride: 3, pad: 0 },
  { size: 5, kernel: 1, stride: 1, pad: 0 },
  { size: 7, kernel: 7, stride: 7, pad: 0 },
  { size: 7, kernel: 7, stride: 1, pad: 0 },
  { size: 14, kernel: 7, stride: 7, pad: 0 },
])
  for (const [ci, co] of [
    [1, 16],
    [16, 1],
    [3, 5],
  ] as const)
    given(`conv ${ci} → ${co}, ${size} × ${size}, kernel ${kernel}, stride ${stride}, pad ${pad}, and its adjoints`, (g) => {
      const out = Math.floor((size + 2 * pad - kernel) / stride) + 1;
      const x = g.input('x', [2, ci, size, size]);
      const w = g.input('w', [co, ci, kernel, kernel]);
      const dy = g.input('dy', [2, co, out, out]);
      return [
        g.conv(x, w, { stride, pad }),
        g.convInputGrad(dy, w, { stride, pad, size }),
        g.convFilterGrad(x, dy, { stride, pad, kernel }),
      ];
    });
given('transposed convolution and its gradients', (g) => {
  const [x, w] = [image(g, 'x', 4, 2, 3), g.input('w', [4, 6, 4, 4])];
  const y = g.transposedConv(x, w, { stride: 2, pad: 1 });
  return [y, ...gradients(g, g.mean(g.mul(y, y), [0, 1, 2, 3]), [x, w])];
});
given('batchNorm and its gradient', (g) => {
  const x = g.add(image(g, 'x'), g.constant(3));
  const [gamma, beta] = [g.input('gamma', [3]), g.input('beta', [3])];
  const { y, mean, variance } = g.batchNorm(x, gamma, beta, 1e-5);
  const { dx, dGamma, dBeta } = g.batchNormGrad(image(g, 'dy'), x, gamma, mean, variance, 1e-5);
  return [y, mean, variance, dx, dGamma, dBeta];
});
given('gelu and its gradient, on images and on vectors', (g) => {
  // from −20 to 20: tails as well as the middle
  const x = g.mul(image(g, 'x', 3), g.constant(4));
  const v = g.mul(g.input('v', [3, 50]), g.constant(5));
  return [
    g.gelu(x),
    g.geluGrad(x, image(g, 'dy')),
    g.geluGrad(x, g.input('plain', [2, 3, 5, 5])),
    g.gelu(v),
    g.geluGrad(v, g.input('dv', [3, 50])),
  ];
});
given('arithmetic between images', (g) => {
  const [a, b] = [image(g, 'a'), image(g, 'b')];
  const positive = g.add(g.mul(b, b), g.constant(1));
  return [g.add(a, b), g.sub(a, b), g.mul(a, g.input('plain', [2, 3, 5, 5])), g.div(a, positive), g.sub(g.constant(2), a)];
});
given('arithmetic with what is repeated', (g) => {
  const a = image(g, 'a');
  const [ofAll, ofEach] = [g.input('all', [1, 3, 1, 1]), g.input('each', [2, 3, 1, 1])];
  return [
    g.add(a, ofAll),
    g.add(ofAll, a),
    g.sub(ofAll, a),
    g.mul(ofEach, a),
    g.add(a, ofEach),
    g.mul(a, g.input('map', [1, 1, 5, 5])),
    g.add(a, g.input('row', [5])),
    g.add(g.input('column', [4, 1]), g.input('vector', [3])),
    g.div(g.input('matrix', [4, 3]), g.constant(3)),
    g.add(g.constant(1), g.constant(2)),
    g.add(image(g, 'pixel', 1, 1, 1), g.constant(2)),
  ];
});
given('bias after a convolution and after a transposed one', (g) => {
  const bias = g.reshape(g.input('bias', [6]), [1, 6, 1, 1]);
  const x = g.input('x', [2, 4, 3, 3]);
  return [
    g.add(g.conv(x, g.input('w', [6, 4, 3, 3]), { stride: 1, pad: 1 }), bias),
    g.add(bias, g.transposedConv(x, g.input('v', [4, 6, 4, 4]), { stride: 2, pad: 1 })),
  ];
});
given('reductions', (g) => {
  const x = image(g, 'x');
  return [
    g.mean(x, [2, 3], true),
    g.sum(x, [2, 3]),
    g.mean(x, [0, 2, 3]),
    g.sum(x, [0, 2, 3], true),
    g.sum(x, [1]),
    g.sum(x, [3]),
    g.mean(x, [1, 2, 3]),
    g.mean(x, [0, 1, 2, 3]),
    g.sum(g.input('matrix', [4, 3]), [0]),
  ];
});
given('concat, slice and padZero', (g) => {
  const [a, b] = [image(g, 'a'), image(g, 'b')];
  const both = g.concat([a, b], 1);
  return [
    both,
    g.concat([a, b], 2),
    g.concat([a, g.input('three', [2, 4, 5, 5])], 1),
    g.concat([g.input('m', [2, 3]), g.input('n', [2, 4])], 1),
    g.slice(both, { axis: 1, start: 3, length: 3 }),
    g.slice(both, { axis: 0, start: 1, length: 1 }),
    g.slice(both, { axis: 3, start: 1, length: 2 }),
    g.padZero(a, { axis: 1, before: 2, after: 1 }),
  ];
});
given('reshape, transpose and broadcastTo', (g) => {
  const x = image(g, 'x');
  const pixel = image(g, 'pixel', 3, 2, 1);
  return [
    g.reshape(x, [2, 75]),
    g.transpose(x, [1, 0, 3, 2]),
    g.reshape(g.transpose(x, [3, 1, 2, 0]), [25, 6]),
    g.add(g.broadcastTo(pixel, [2, 3, 5, 5]), x),
    g.broadcastTo(g.input('row', [5]), [2, 3, 5]),
    g.reshape(pixel, [2, 3]),
  ];
});
given('matmul', (g) => {
  const input = (name: string, shape: Shape) => g.input(name, shape);
  return [
    g.matmul(input('a', [3, 4]), input('b', [4, 5])),
    g.matmul(input('at', [4, 3]), input('b', [4, 5]), { transposeA: true }),
    g.matmul(input('a', [3, 4]), input('bt', [5, 4]), { transposeB: true }),
    g.matmul(g.transpose(input('a', [3, 4]), [1, 0]), input('bt', [5, 4]), { transposeA: true, transposeB: true }),
  ];
});

given('ema of vectors and of images', (g) => {
  const rate = g.input('rate', []);
  return [g.ema(g.input('a', [7]), g.input('b', [7]), rate), g.ema(g.input('plain', [2, 3, 5, 5]), image(g, 'x'), rate)];
});

const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';

describe.skipIf(engineFolder === '').each([
  { precision: 'float32', tolerance: 1e-5 },
  // 8 bits, rounded before and after each op
  { precision: 'bfloat16', tolerance: 3e-2 },
] as const)('each op on TensorFlow in $precision', ({ precision, tolerance }) => {
  let session: Session;
  beforeAll(async () => {
    const executor = await openTensorFlowExecutor('tensorflow-cpu', { engineFolder, threads: 2, precision });
    session = await executor.compile(programs);
  }, 60_000);
  afterAll(() => session.dispose());

  it.each(Object.entries(programs))('%s', async (name, program) => {
    const inputs: Tensors = Object.fromEntries(
      Object.entries(program.inputs).map(([input, { shape }], step) => [
        input,
        normals(new Float32Array(sizeOf(shape)), { seed: 7, stream: 'noise', step }),
      ]),
    );
    const expected = await (await openReferenceExecutor().compile({ program })).run('program', inputs);
    const actual = await session.run(name, inputs);
    for (const output of Object.keys(program.outputs))
      expect(relativeError(actual[output]!, expected[output]!), output).toBeLessThan(tolerance);
  });
});
