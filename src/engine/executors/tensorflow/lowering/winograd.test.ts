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
import { evaluation, interpolation, tilingOf } from './winograd.ts';

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

/** The convolutions of a program, whichever way they are written, and those with a group for each point. */
function convolutions(program: Program, how: Lowered): { all: NodeDef[]; grouped: NodeDef[] } {
  const shapes = new Map(Object.entries(program.states).map(([name, { shape }]) => [name, shape]));
  const [graph] = decodeSavedModel(lowerPrograms({ program }, shapes, how).model).metaGraphs;
  const all = graph!.graphDef.node.filter((n) => n.op.startsWith('Conv2D'));
  return { all, grouped: all.filter((n) => 'dilations' in n.attr) };
}

describe('a step of training', () => {
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
