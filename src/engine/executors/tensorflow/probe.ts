/** What this library on this machine can do, found out by trying. */
import { gradients } from '../../graph/autodiff.ts';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { sizeOf, type Program } from '../../graph/graph.ts';
import type { Session, Tensors } from '../executor.ts';
import type { FloatType } from './gelu.ts';
import type { Lowered } from './saved-model.ts';

type Compile = (programs: { probe: Program }, options: Lowered) => Promise<Session<'probe'>>;

/** Whether the library compiles functions for this device: some are built without XLA's compiler. */
export async function probeXla(compile: Compile): Promise<boolean> {
  const graph = new GraphBuilder();
  const probe = assembleProgram({ y: graph.gelu(graph.input('x', [1, 1, 1, 2])) });
  try {
    const session = await compile({ probe }, { images: 'float32', xla: true });
    try {
      await session.run('probe', { x: Float32Array.of(0, 1) });
      return true;
    } finally {
      await session.dispose();
    }
  } catch {
    return false;
  }
}

/**
 * Time of a small network's gradients with bfloat16 images in parts of the time with float32's: below 1 where the device
 * has instructions for it, far above elsewhere.
 */
export async function probeBfloat16(compile: Compile): Promise<number> {
  const [float32, bfloat16] = [await gradientTime(compile, 'float32'), await gradientTime(compile, 'bfloat16')];
  return bfloat16 / float32;
}

/** Milliseconds for the gradients of two convolutions with BatchNorms, of a width that training has; the fastest of some runs. */
async function gradientTime(compile: Compile, images: FloatType): Promise<number> {
  const graph = new GraphBuilder();
  const weights = ['w1', 'w2'].map((name) => graph.input(name, [64, 64, 3, 3]));
  const [gamma, beta] = [graph.constant(1, [64]), graph.constant(0, [64])];
  let x = graph.input('x', [8, 64, 14, 14]);
  for (const w of weights) x = graph.batchNorm(graph.conv(x, w, { stride: 1, pad: 1 }), gamma, beta, 1e-5).y;
  const loss = graph.mean(graph.mul(x, x), [0, 1, 2, 3]);
  const sums = gradients(graph, loss, weights).map((g) => graph.sum(g, [0, 1, 2, 3]));
  const probe = assembleProgram(Object.fromEntries(sums.map((sum, i) => [`sum ${i}`, sum])));
  const session = await compile({ probe }, { images, xla: false });
  const inputs: Tensors = Object.fromEntries(
    Object.entries(probe.inputs).map(([name, { shape }]) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
    ]),
  );
  let fastest = Infinity;
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    await session.run('probe', inputs);
    fastest = Math.min(fastest, performance.now() - start);
  }
  await session.dispose();
  return fastest;
}
