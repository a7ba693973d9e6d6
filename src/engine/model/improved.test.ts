import { readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import type { Tensors } from '../executors/executor.ts';
import { openExecutor } from '../executors/registry.ts';
import { sizeOf } from '../graph/graph.ts';
import { decodeTensors } from '../tensors/safetensors.ts';
import { openPredictor } from '../training/predictor.ts';
import { stepScalars } from '../training/training.ts';
import { TOLERANCES } from '../verification/check.ts';
import { relativeError } from '../verification/compare.ts';
import { inferenceProgram, trainingProgram } from './programs.ts';
import { importState } from './state.ts';
import { parameterCount, stateParts, stateShapes } from './unet.ts';

const spec = { conditioning: 'class', width: 2, model: 'improved' } as const;
/** Made by PyTorch: bench/peers/improved.py. */
const { tensors } = decodeTensors(readFileSync(new URL('../fixtures/improved.safetensors', import.meta.url)));
const of = (name: string): Float32Array => tensors.get(name)!.data as Float32Array;
const group = (prefix: string): Tensors =>
  Object.fromEntries(
    [...tensors.keys()].filter((n) => n.startsWith(prefix)).map((n) => [n.slice(prefix.length), of(n).slice()] as const),
  );

const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';
const devices = ['reference', 'onnx-cpu', ...(engineFolder === '' ? [] : ['tensorflow-cpu'])];
const open = (device: string) => openExecutor(device, { threads: 2, engineFolder, precision: 'float32' });

describe('the improved UNet', () => {
  it("has the names and shapes of PyTorch's state dict, and as many parameters", () => {
    const expected = [...tensors].filter(([name]) => name.startsWith('state.'));
    expect(Object.fromEntries(stateShapes(spec))).toEqual(
      Object.fromEntries(expected.map(([name, { shape }]) => [name.slice('state.'.length), shape])),
    );
    const { trained, idle } = stateParts(spec);
    const parameters = [...trained.values(), ...idle.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
    expect(Object.values(group('grad.')).reduce((sum, { length }) => sum + length, 0)).toBe(parameters);
    expect(parameterCount(spec)).toBe(parameters);
    expect(parameterCount({ ...spec, width: 64 })).toBe(2_138_305);
  });

  it('takes by conditioning what it is told beside the image', () => {
    const inputs = (conditioning: 'none' | 'time' | 'class') =>
      Object.keys(inferenceProgram({ ...spec, conditioning }, 1).inputs).sort();
    expect([inputs('none'), inputs('time'), inputs('class')]).toEqual([['x'], ['t', 'x'], ['c', 't', 'x']]);
  });

  it.each(devices)("gives PyTorch's outputs, loss and gradients on %s", { timeout: 60_000 }, async (device) => {
    const executor = await open(device);
    const state = importState(spec, group('state.'));
    const predictor = await openPredictor(executor, spec, state, 3);
    expect(relativeError(await predictor.predict(of('x'), of('t'), of('c')), of('eval.output'))).toBeLessThan(TOLERANCES.output);
    await predictor.dispose();

    const program = trainingProgram(spec, 3, { gradients: true });
    const session = await executor.compile({ program });
    await session.load(
      Object.fromEntries(
        Object.entries(program.states).map(([name, { shape }]) => [name, state[name] ?? new Float32Array(sizeOf(shape))]),
      ),
    );
    const batch = { x: of('x'), t: of('t'), c: of('c'), target: of('target') };
    const result = await session.run('program', { ...batch, ...stepScalars(1e-3, 1) });
    await session.dispose();
    expect(relativeError(result['output']!, of('output'))).toBeLessThan(TOLERANCES.output);
    expect(relativeError(result['loss']!, of('loss'))).toBeLessThan(TOLERANCES.output);
    for (const name of stateParts(spec).trained.keys())
      expect(relativeError(result[`gradient.${name}`]!, of(`grad.${name}`)), name).toBeLessThan(TOLERANCES.gradient);
  });
});
