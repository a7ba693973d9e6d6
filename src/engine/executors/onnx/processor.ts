/** What ONNX Runtime can do on this processor. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder, assembleProgram } from '../../graph/builder.ts';
import { EngineError } from '../../error.ts';
import { coreCount } from '../cores.ts';
import { GraphWriter } from './graph-writer.ts';
import { lowerProgram, type LoweredProgram } from './program.ts';
import { encodeModel } from './proto.ts';

/** onnxruntime-node as a whole: loading it loads the native library. */
export interface OnnxRuntime {
  InferenceSession: { create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
  version: string;
}

/** Loads the library. Throws an EngineError `device` that says why it doesn't. */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  try {
    const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
    return { InferenceSession, Tensor, version: env.versions.node ?? '' };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(
      'device',
      `ONNX Runtime's native library doesn't load: ${why}.`,
      'Install the project again with npm ci, on an x64 or arm64 machine with Linux, Windows or macOS.',
      { cause },
    );
  }
}

/** Options of every session: deterministic, and with the memory that a step needs and no more. */
export const sessionOptions = (threads: number): InferenceSession.SessionOptions => ({
  // left to choose, ONNX Runtime pins its threads, which fails in some containers and keeps two sessions on one core
  intraOpNumThreads: threads === 0 ? coreCount() : threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // the graph comes as it should run; the optimizer's passes only cost time here
  graphOptimizationLevel: 'disabled',
  // a plan of all buffers side by side takes nearly twice the memory
  enableMemPattern: false,
  logSeverityLevel: 3,
  // late in training Adam's second moments underflow, and subnormal numbers are slow
  extra: { session: { set_denormal_as_zero: '1' } },
});

/**
 * Channels in a block of ONNX Runtime's blocked layout (16 with AVX-512, 8 with AVX2), or 0 where it has none or where its
 * convolutions don't agree with the plain ones.
 */
export async function findBlock(onnx: OnnxRuntime): Promise<number> {
  const block = await blockOf(onnx);
  if (block === 0) return 0;
  const plain = await selfCheck(onnx, 0, block);
  const blocked = await selfCheck(onnx, block, block);
  return plain.every((x, i) => Math.abs(x - blocked[i]!) < 1e-3) ? block : 0;
}

/** Reorders two pixels of 64 channels: the second pixel of the first channel comes after a whole block. */
async function blockOf(onnx: OnnxRuntime): Promise<number> {
  const graph = new GraphWriter();
  const shape = [1, 64, 1, 2];
  graph.input('x', shape);
  graph.output('y', graph.node('ReorderInput', ['x'], {}, { domain: 'com.microsoft.nchwc' })[0]!, shape);
  try {
    const session = await onnx.InferenceSession.create(encodeModel(graph.model()), sessionOptions(1));
    const x = Float32Array.from({ length: 128 }, (_, i) => i);
    const { y } = await session.run({ x: new onnx.Tensor('float32', x, shape) });
    await session.release();
    const block = (y!.data as Float32Array).indexOf(1);
    return block >= 4 && 64 % block === 0 ? block : 0;
  } catch {
    // the layout is unknown to this build or processor: everything runs plain
    return 0;
  }
}

/** A convolution with its two gradients, lowered for `block`, on channels that fill blocks of `channels`. */
async function selfCheck(onnx: OnnxRuntime, block: number, channels: number): Promise<Float32Array> {
  const graph = new GraphBuilder();
  const geometry = { stride: 2, pad: 1 };
  const x = graph.input('x', [2, channels, 6, 6]);
  const w = graph.input('w', [channels, channels, 3, 3]);
  const y = graph.conv(x, w, geometry);
  const dx = graph.convInputGrad(y, w, { ...geometry, size: 6 });
  const dw = graph.convFilterGrad(x, y, { ...geometry, kernel: 3 });
  const sums = [y, dx, dw].map((v) => graph.mean(graph.mul(v, v), [1, 2, 3]));
  const lowered = lowerProgram(assembleProgram({ sums: graph.concat(sums, 0) }), [], block);
  const session = await onnx.InferenceSession.create(lowered.model, sessionOptions(1));
  const results = await session.run(feeds(onnx, lowered));
  await session.release();
  return results['output.sums']!.data as Float32Array;
}

/** Small numbers without a pattern that a wrong order could hide in. */
function feeds(onnx: OnnxRuntime, { inputs }: LoweredProgram): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * i + name.length) / 8);
      return [`input.${name}`, new onnx.Tensor('float32', data, shape)];
    }),
  );
}
