import { beforeAll, describe, expect, it } from 'vitest';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { sizeOf, type Program, type Value } from '../../graph/graph.ts';
import { normals } from '../../random/draws.ts';
import type { Executor, Tensors } from '../executor.ts';
import { openReferenceExecutor } from '../reference/executor.ts';
import { openOnnxExecutor } from './executor.ts';

/**
 * Every row of the lowering table against the reference kernels, on the layouts that ONNX Runtime takes: channels that
 * fill blocks (16, 32), that don't (1, 3, 20), and mixtures.
 */
let onnx: Executor;
beforeAll(async () => {
  onnx = await openOnnxExecutor('onnx-cpu', { threads: 1 });
});

const cases: Program[] = [];
const names: string[] = [];

/** A case: a graph of inputs and its outputs. */
function given(name: string, build: (graph: GraphBuilder) => Value | readonly Value[]): void {
  const outputs = [build(new GraphBuilder())].flat();
  names.push(name);
  cases.push(assembleProgram(Object.fromEntries(outputs.map((v, i) => [`${i}`, v]))));
}

for (const [ci, co] of [
  [1, 16],
  [16, 16],
  [16, 32],
  [32, 16],
  [16, 1],
  [32, 1],
  [3, 16],
  [16, 3],
  [3, 5],
  [20, 20],
] as const)
  for (const [size, kernel, stride, pad] of [
    [6, 3, 1, 1],
    [7, 3, 1, 1],
    [8, 3, 2, 1],
    [8, 4, 2, 1],
    [7, 3, 2, 1],
    [5, 1, 1, 0],
    [7, 7, 7, 0],
    [6, 3, 1, 0],
    [9, 3, 3, 0],
  ] as const) {
    const geometry = { stride, pad };
    const out = Math.floor((size + 2 * pad - kernel) / stride) + 1;
    const what = `${ci} → ${co} channels, ${size} × ${size}, kernel ${kernel}, stride ${stride}, pad ${pad}`;
    for (const batch of kernel === 3 && stride === 1 ? [3, 16, 18] : [3])
      given(`conv and its adjoints, ${what}, batch ${batch}`, (g) => {
        const x = g.input('x', [batch, ci, size, size]);
        const w = g.input('w', [co, ci, kernel, kernel]);
        const dy = g.input('dy', [batch, co, out, out]);
        return [
          g.conv(x, w, geometry),
          g.convInputGrad(dy, w, { ...geometry, size }),
          g.convFilterGrad(x, dy, { ...geometry, kernel }),
        ];
      });
  }

describe.each(names.map((name, i) => ({ name, program: cases[i]! })))('$name', ({ program }) => {
  it('agrees with the reference', async () => {
    const inputs: Tensors = {};
    Object.entries(program.inputs).forEach(([name, { shape }], i) => {
      inputs[name] = normals(new Float32Array(sizeOf(shape)), { seed: 7, stream: 'noise', step: i });
    });
    const results = await Promise.all(
      [openReferenceExecutor(), onnx].map(async (executor) => {
        const session = await executor.compile({ program });
        const outputs = await session.run('program', inputs);
        await session.dispose();
        return outputs;
      }),
    );
    const [expected, actual] = results as [Tensors, Tensors];
    for (const [name, { shape }] of Object.entries(program.outputs)) {
      const [a, b] = [actual[name]!, expected[name]!];
      expect(a).toHaveLength(sizeOf(shape));
      const scale = b.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-30);
      const worst = a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0) / scale;
      expect(worst, `output ${name} of [${shape.join(', ')}]`).toBeLessThan(1e-5);
    }
  });
});
