/**
 * The throw-away process that an engine is proved in: `prove.ts FOLDER DEVICE`. Trains a small UNet for three steps and
 * compares with PyTorch's numbers. Its last line is the result as JSON; a crash of native code is its end, and no other's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { openTensorFlowExecutor } from '#engine/executors/tensorflow/executor.ts';
import type { TensorFlowDevice } from '#engine/executors/tensorflow/library.ts';
import { GoldenFile } from '#engine/verification/golden-file.ts';
import { trainingChecks } from '#engine/verification/training-checks.ts';

const [engineFolder, device] = process.argv.slice(2) as [string, TensorFlowDevice];
/** The build puts the file beside this one. */
const golden = import.meta.url.endsWith('.ts') ? '../engine/fixtures/golden/unet-class.safetensors' : 'golden.safetensors';

const executor = await openTensorFlowExecutor(device, { engineFolder, threads: 0 });
const checks = [];
for await (const check of trainingChecks(new GoldenFile('golden', readFileSync(join(import.meta.dirname, golden))), executor))
  checks.push(check);
// one of Electron's own processes does not end by itself
process.stdout.write(`${JSON.stringify({ engine: executor.engine, checks })}\n`, () => process.exit(0));
