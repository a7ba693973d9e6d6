/**
 * Times training steps on one device; see step.ts.
 * Usage: node measure-step.ts DEVICE PRECISION WIDTH BATCH CONDITIONING SECONDS THREADS MODEL
 * TensorFlow is found in the folder that FROM_NOISE_TENSORFLOW names.
 */
import { coreCount } from '#engine/executors/cores.ts';
import type { Tensors } from '#engine/executors/executor.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { sizeOf } from '#engine/graph/graph.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { trainingProgram } from '#engine/model/programs.ts';
import type { UnetSpec } from '#engine/model/unet.ts';
import { normals } from '#engine/random/draws.ts';
import { keepHeapSmall } from '#trainer/small-heap.ts';
import { residentFileBytes } from './processor.ts';
import { tensorFlowFolder } from './tensorflow.ts';

/** The first steps allocate; they don't count. */
const WARM_UP = 2;
const LEAST_STEPS = 3;
const MOST_STEPS = 50;

const [device, precision, width, batch, conditioning, seconds, threads, model] = process.argv.slice(2) as [
  string,
  'float32' | 'bfloat16',
  string,
  string,
  UnetSpec['conditioning'],
  string,
  string,
  'assigned' | 'improved',
];
keepHeapSmall();
const spec: UnetSpec = { width: Number(width), conditioning, model };
const program = trainingProgram(spec, Number(batch));
const executor = await openExecutor(device, { engineFolder: tensorFlowFolder(), threads: Number(threads), precision });
const session = await executor.compile({ step: program });
const initial = initialState(spec, 0);
await session.load(
  Object.fromEntries(
    Object.entries(program.states).map(([name, { shape }]) => [name, initial[name] ?? new Float32Array(sizeOf(shape))]),
  ),
);
const inputs: Tensors = Object.fromEntries(
  Object.entries(program.inputs).map(([name, { shape }], step) => [
    name,
    shape.length === 0 ? Float32Array.of(1e-3) : normals(new Float32Array(sizeOf(shape)), { seed: 0, stream: 'noise', step }),
  ]),
);

const milliseconds: number[] = [];
const start = performance.now();
for (let step = 1; step <= MOST_STEPS + WARM_UP; step++) {
  const correction = (beta: number) => Float32Array.of(1 / (1 - beta ** step));
  const before = performance.now();
  await session.run('step', { ...inputs, correction1: correction(0.9), correction2: correction(0.999) });
  if (step > WARM_UP) milliseconds.push(performance.now() - before);
  if (milliseconds.length >= LEAST_STEPS && performance.now() - start > Number(seconds) * 1e3) break;
}
const fileBytes = residentFileBytes();
await session.dispose();
console.log(
  JSON.stringify({
    milliseconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    fileBytes,
    threads: device === 'reference' ? 1 : Number(threads) || coreCount(),
    version: executor.engine,
  }),
);
