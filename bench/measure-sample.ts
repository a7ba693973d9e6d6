/**
 * Times guided sampling steps on one device, and a whole grid; see sample.ts.
 * Usage: node measure-sample.ts DEVICE PRECISION WIDTH COUNT SECONDS THREADS STEPS
 * TensorFlow is found in the folder that FROM_NOISE_TENSORFLOW names.
 */
import { openGuidedModel } from '#engine/diffusion/guidance.ts';
import { sample, samplerNoise } from '#engine/diffusion/sampling.ts';
import { linearSchedule } from '#engine/diffusion/schedule.ts';
import { coreCount } from '#engine/executors/cores.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { initialState } from '#engine/model/initial-state.ts';
import type { UnetSpec } from '#engine/model/unet.ts';
import { residentFileBytes } from './processor.ts';
import { tensorFlowFolder } from './tensorflow.ts';

/** The first steps allocate; they don't count. */
const WARM_UP = 3;
const LEAST_STEPS = 5;
const MOST_STEPS = 100;
const GUIDANCE = 5;

const [device, precision, ...numbers] = process.argv.slice(2) as [string, 'float32' | 'bfloat16', ...string[]];
const [width, count, seconds, threads, steps] = numbers.map(Number) as [number, number, number, number, number];
const spec: UnetSpec = { width, conditioning: 'class' };
const state = initialState(spec, 0);
const labels = Array.from({ length: count }, (_, i) => i % 10);
const executor = await openExecutor(device, { engineFolder: tensorFlowFolder(), threads, precision });

const { model, dispose } = await openGuidedModel(executor, spec, state, { count, labels, guidance: GUIDANCE });
const x = samplerNoise(0, count).start();
const milliseconds: number[] = [];
const start = performance.now();
for (let step = 0; step < MOST_STEPS + WARM_UP; step++) {
  const before = performance.now();
  await model(x, 0.5);
  if (step >= WARM_UP) milliseconds.push(performance.now() - before);
  if (milliseconds.length >= LEAST_STEPS && performance.now() - start > seconds * 1e3) break;
}
await dispose();

let gridSeconds: number | undefined;
if (steps > 0) {
  const plan = { count, labels, guidance: GUIDANCE, sampler: 'ddpm', steps, eta: 0, variance: 'beta', seed: 0 } as const;
  const network = { spec, state, schedule: () => linearSchedule(steps) };
  let began = 0;
  // from the first answer: compiling is not part of a grid, and PyTorch compiles nothing. Its other steps stand for it
  for await (const { step } of sample(executor, network, plan)) if (step === 0) began = performance.now();
  gridSeconds = ((performance.now() - began) / 1e3) * (steps / (steps - 1));
}
console.log(
  JSON.stringify({
    milliseconds,
    ...(gridSeconds === undefined ? {} : { gridSeconds }),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    fileBytes: residentFileBytes(),
    threads: threads || coreCount(),
    version: executor.engine,
  }),
);
