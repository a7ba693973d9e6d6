/** What this library on this machine can do, found out by trying. */
import { gradients } from '../../graph/autodiff.ts';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { sizeOf, type Program } from '../../graph/graph.ts';
import { normals } from '../../random/draws.ts';
import { relativeError } from '../../verification/compare.ts';
import type { Session, Tensors } from '../executor.ts';
import type { Lowered } from './saved-model.ts';

export type Compile = (programs: { probe: Program }, options: Lowered) => Promise<Session<'probe'>>;

/** Whether the library compiles functions for this device: some are built without XLA's compiler. */
export async function probeXla(compile: Compile): Promise<boolean> {
  const graph = new GraphBuilder();
  const probe = assembleProgram({ y: graph.gelu(graph.input('x', [1, 1, 1, 2])) });
  try {
    const session = await compile({ probe }, { images: 'float32', xla: true, winograd: 'none' });
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

/** Rounds of measuring that a quiet machine needs, and milliseconds for more where other work may have stretched them. */
const ROUNDS = 5;
const PATIENCE = 2000;

/** Far above rounding, far below what a kernel that is wrong gives. */
const SAME = 1e-4;

/**
 * Whether the library has the convolutions that Winograd's way is made of (lowering/winograd.ts), with groups and dilation,
 * forward and back, and they give what the plain ones do. Builds without oneDNN lack some.
 */
export async function probeWinograd(compile: Compile): Promise<boolean> {
  const graph = new GraphBuilder();
  const [x, w] = [graph.input('x', [2, 64, 7, 7]), graph.input('w', [64, 64, 3, 3])];
  const y = graph.conv(x, w, { stride: 1, pad: 1 });
  const [dx, dw] = gradients(graph, graph.mean(graph.mul(y, y), [0, 1, 2, 3]), [x, w]);
  const probe = assembleProgram({ y, dx: dx!, dw: dw! });
  const inputs = drawn(probe);
  const outputs = async (winograd: Lowered['winograd']): Promise<Tensors> => {
    const session = await compile({ probe }, { images: 'float32', xla: false, winograd });
    try {
      return await session.run('probe', inputs);
    } finally {
      await session.dispose();
    }
  };
  const plain = await outputs('none');
  try {
    const ours = await outputs('all');
    return Object.entries(plain).every(([name, expected]) => relativeError(ours[name]!, expected) < SAME);
  } catch {
    return false;
  }
}

/** Numbers for each input. */
const drawn = ({ inputs }: Program): Tensors =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }], step) => [
      name,
      normals(new Float32Array(sizeOf(shape)), { seed: 0, stream: 'noise', step }),
    ]),
  );

/**
 * Time of a small network's gradients with bfloat16 images in parts of the time with float32's: below 1 where the device
 * has instructions for it, far above elsewhere. The two take turns and the fastest of each counts; as long as bfloat16
 * looks the slower, they go on for a while, since a busy machine can stretch every one of a few runs.
 */
export async function probeBfloat16(compile: Compile): Promise<number> {
  const probe = gradientProbe();
  const sessions: Session<'probe'>[] = [];
  try {
    for (const images of ['float32', 'bfloat16'] as const)
      sessions.push(await compile({ probe }, { images, xla: false, winograd: 'none' }));
    const inputs = drawn(probe);
    const fastest = [Infinity, Infinity];
    const ratio = (): number => fastest[1]! / fastest[0]!;
    const start = performance.now();
    for (let round = 0; round < ROUNDS || (ratio() > 1 && performance.now() - start < PATIENCE); round++)
      for (const [i, session] of sessions.entries()) {
        const begin = performance.now();
        await session.run('probe', inputs);
        fastest[i] = Math.min(fastest[i]!, performance.now() - begin);
      }
    return ratio();
  } finally {
    for (const session of sessions) await session.dispose();
  }
}

/** Gradients of two convolutions with BatchNorms, of a width that training has. */
function gradientProbe(): Program {
  const graph = new GraphBuilder();
  const weights = ['w1', 'w2'].map((name) => graph.input(name, [64, 64, 3, 3]));
  const [gamma, beta] = [graph.constant(1, [64]), graph.constant(0, [64])];
  let x = graph.input('x', [8, 64, 14, 14]);
  for (const w of weights) x = graph.batchNorm(graph.conv(x, w, { stride: 1, pad: 1 }), gamma, beta, 1e-5).y;
  const loss = graph.mean(graph.mul(x, x), [0, 1, 2, 3]);
  const sums = gradients(graph, loss, weights).map((g) => graph.sum(g, [0, 1, 2, 3]));
  return assembleProgram(Object.fromEntries(sums.map((sum, i) => [`sum ${i}`, sum])));
}
