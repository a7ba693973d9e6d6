import { describe, expect, it } from 'vitest';
import { gradients } from '../../../graph/autodiff.ts';
import { assembleProgram, GraphBuilder } from '../../../graph/builder.ts';
import { sizeOf, type Program } from '../../../graph/graph.ts';
import { trainingProgram } from '../../../model/programs.ts';
import { normals } from '../../../random/draws.ts';
import { relativeError } from '../../../verification/compare.ts';
import type { Tensors } from '../../executor.ts';
import { openReferenceExecutor } from '../../reference/executor.ts';
import { loadTensorFlow } from '../library.ts';
import { NativeSession } from '../native-session.ts';
import { decodeSavedModel, type NodeDef } from '../proto.ts';
import { lowerPrograms, type Lowered } from '../saved-model.ts';
import { evaluation, interpolation, paysWinograd, tilingOf } from './winograd.ts';

const options: Lowered = { images: 'float32', xla: true, winograd: 'where it pays' };

describe('the matrices of minimal filtering', () => {
  it('interpolate what was evaluated', () => {
    const points = [0, 1, -1, 2];
    const [values, coefficients] = [evaluation(points, 5), interpolation(points)];
    for (const [i, row] of values.entries())
      for (const [j, polynomial] of coefficients.entries())
        expect(row.reduce((sum, v, power) => sum + v * polynomial[power]!, 0)).toBeCloseTo(i === j ? 1 : 0, 12);
  });

  it.each([7, 28, 14, 1, 5, 10, 29])('filter a row of %i pixels with zeros before and behind', (width) => {
    const row = Array.from({ length: width }, (_, x) => Math.sin(7 * x + 1));
    const filter = [0.3, -0.8, 0.5];
    const points = [1 / 4, -1 / 4, 5 / 8, -5 / 8, 9 / 8, -9 / 8, 2, -2];
    const { image, answer, values } = tilingOf(width, points);
    const ofFilter = evaluation(points, 3).map((taps) => taps.reduce((sum, tap, k) => sum + tap * filter[k]!, 0));
    const products = image.map((r, i) => r.reduce((sum, v, x) => sum + v * row[x]!, 0) * ofFilter[i % values]!);
    for (let x = 0; x < width; x++) {
      const expected = filter.reduce((sum, tap, k) => sum + tap * (row[x + k - 1] ?? 0), 0);
      expect(products.reduce((sum, p, i) => sum + p * answer[i]![x]!, 0)).toBeCloseTo(expected, 12);
    }
  });
});

/** The nodes of a program by their names, and the convolutions among them that have a group for each point. */
function convolutions(program: Program, how: Lowered): { nodes: Map<string, NodeDef>; grouped: NodeDef[] } {
  const shapes = new Map(Object.entries(program.states).map(([name, { shape }]) => [name, shape]));
  const [graph] = decodeSavedModel(lowerPrograms({ program }, shapes, how).model).metaGraphs;
  const nodes = new Map(graph!.graphDef.node.map((n) => [n.name, n]));
  return { nodes, grouped: [...nodes.values()].filter((n) => n.op.startsWith('Conv2D') && 'dilations' in n.attr) };
}

describe('where it pays', () => {
  const pays = (co: number, ci: number, side: number, batch = 256): boolean =>
    paysWinograd([co, ci, 3, 3], [batch, co, side, side]);

  it('is where whole tiles fill a row', () => {
    expect([7, 14, 28, 35].map((side) => pays(64, 64, side))).toEqual([true, true, true, true]);
    expect([8, 10, 20, 27, 29, 32].map((side) => pays(64, 64, side))).toEqual(new Array<boolean>(6).fill(false));
  });
  it('is where both images have blocks of 16 channels, and 64 of them', () => {
    expect([pays(64, 80, 28), pays(80, 64, 28), pays(128, 64, 28)]).toEqual([true, true, true]);
    expect([pays(64, 72, 28), pays(72, 64, 28), pays(64, 48, 28), pays(48, 64, 28)]).toEqual([false, false, false, false]);
  });
  it('is where there is enough to do', () => {
    // 2¹⁹ numbers are 64 channels of 8192 pixels
    expect([pays(64, 64, 7, 168), pays(64, 64, 7, 167)]).toEqual([true, false]);
  });
});

/** How a convolution of its own is written, and its gradients, where all that can be is written in Winograd's way. */
function groupedOf(kernel: number, stride: number, pad: number): number {
  const g = new GraphBuilder();
  const [x, w] = [g.input('x', [2, 16, 14, 14]), g.input('w', [16, 16, kernel, kernel])];
  const y = g.conv(x, w, { stride, pad });
  const [dx, dw] = gradients(g, g.mean(y, [0, 1, 2, 3]), [x, w]);
  return convolutions(assembleProgram({ y, dx: dx!, dw: dw! }), { ...options, winograd: 'all' }).grouped.length;
}

describe('a step of training', () => {
  it("takes Winograd's way for convolutions of 3 × 3 at stride 1 and pad 1 alone", () => {
    expect(groupedOf(3, 1, 1)).toBe(3);
    expect([groupedOf(3, 1, 0), groupedOf(3, 1, 2), groupedOf(3, 2, 1), groupedOf(1, 1, 0), groupedOf(5, 1, 1)]).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  it("takes an image's values again for the gradient, once that has come", () => {
    const { grouped, nodes } = convolutions(trainingProgram({ width: 64, conditioning: 'time' }, 128), options);
    const inputsOf = (edge: string): string[] => nodes.get(edge.replace(/:.*/, ''))?.input ?? [];
    const again = grouped.filter(({ op }) => op === 'Conv2DBackpropFilter').map(({ input }) => inputsOf(input[0]!)[0]!);
    // values ← the product with the matrix, which waits for what the gradient comes by
    expect(again.map((product) => inputsOf(product).filter((edge) => edge.startsWith('^')).length)).toEqual(again.map(() => 1));
    const forward = new Set(grouped.filter(({ op }) => op === 'Conv2D').map(({ input }) => inputsOf(input[0]!)[0]!));
    expect(again.filter((product) => forward.has(product))).toEqual([]);
  });

  it("takes Winograd's way in float32 where there is enough to do, and nowhere else", () => {
    const wide = trainingProgram({ width: 64, conditioning: 'time' }, 128);
    // all eleven 3 × 3 convolutions between images of 64 channels and more, with both their gradients
    expect(convolutions(wide, options).grouped).toHaveLength(3 * 11);
    expect(convolutions(wide, { ...options, winograd: 'none' }).grouped).toEqual([]);
    expect(convolutions(wide, { ...options, images: 'bfloat16' }).grouped).toEqual([]);
    expect(convolutions(trainingProgram({ width: 64, conditioning: 'time' }, 2), options).grouped).toEqual([]);
    expect(convolutions(trainingProgram({ width: 32, conditioning: 'time' }, 128), options).grouped).toEqual([]);
  });

  it('makes the gradient by the filter before the one by the image', () => {
    const { grouped } = convolutions(trainingProgram({ width: 64, conditioning: 'time' }, 128), options);
    const byInput = grouped.filter((n) => n.op === 'Conv2DBackpropInput');
    const waitsFor = byInput.map(({ input }) => input.filter((edge) => edge.startsWith('^Conv2DBackpropFilter')).length);
    expect(waitsFor).toEqual(byInput.map(() => 1));
  });
});

const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';

describe.skipIf(engineFolder === '')("Winograd's way on TensorFlow", () => {
  it.each([
    { ci: 16, co: 32, size: 7 },
    { ci: 32, co: 16, size: 14 },
    { ci: 16, co: 16, size: 10 },
  ])('gives what the convolution and its gradients are: $ci → $co, $size × $size', async ({ ci, co, size }) => {
    const g = new GraphBuilder();
    const [x, w] = [g.input('x', [2, ci, size, size]), g.input('w', [co, ci, 3, 3])];
    const y = g.conv(x, w, { stride: 1, pad: 1 });
    const loss = g.mean(g.mul(y, g.input('dy', y.shape)), [0, 1, 2, 3]);
    const [dx, dw] = gradients(g, loss, [x, w]);
    const program = assembleProgram({ y, dx: dx!, dw: dw! });
    const inputs: Tensors = Object.fromEntries(
      Object.entries(program.inputs).map(([name, { shape }], step) => [
        name,
        normals(new Float32Array(sizeOf(shape)), { seed: 5, stream: 'noise', step }),
      ]),
    );
    const all: Lowered = { ...options, winograd: 'all' };
    expect(convolutions(program, all).grouped).toHaveLength(3);
    const tf = loadTensorFlow({ device: 'tensorflow-cpu', engineFolder, threads: 2 });
    const session = await NativeSession.open(tf, lowerPrograms({ program }, new Map(), all));
    const ours = session.run('program', inputs);
    session.dispose();
    const expected = await (await openReferenceExecutor().compile({ program })).run('program', inputs);
    for (const name of ['y', 'dx', 'dw']) expect(relativeError(ours[name]!, expected[name]!), name).toBeLessThan(1e-5);
  });
});
