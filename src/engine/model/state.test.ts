import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { oneHot } from '../diffusion/guidance.ts';
import type { Tensors } from '../executors/executor.ts';
import { openReferenceExecutor } from '../executors/reference/executor.ts';
import { decodeTensors } from '../tensors/safetensors.ts';
import { openPredictor } from '../training/predictor.ts';
import { relativeError } from '../verification/compare.ts';
import { foldBatchNorm, importState } from './state.ts';
import { inferenceProgram } from './programs.ts';

const spec = { conditioning: 'class', width: 4 } as const;
const golden = decodeTensors(readFileSync(new URL('../fixtures/golden/import-class.safetensors', import.meta.url))).tensors;
const floats = (name: string) => golden.get(name)!.data as Float32Array;
const foreign: Tensors = Object.fromEntries(
  [...golden]
    .filter(([name, { kind }]) => name.startsWith('state.') && kind === 'F32')
    .map(([name]) => [name.slice('state.'.length), floats(name)]),
);

describe('a foreign state dict', () => {
  it('is the same network before and after its idle biases went into the running means', async () => {
    const imported = importState(spec, foreign);
    expect([...foreign['down1.down.conv.bias']!].some((v) => v !== 0)).toBe(true);
    expect([...new Set(imported['down1.down.conv.bias'])]).toEqual([0]);
    expect(imported['down1.down.bn.running_mean']).not.toEqual(foreign['down1.down.bn.running_mean']);
    const c = oneHot(Array.from(golden.get('c')!.data as BigInt64Array, Number));
    for (const state of [foreign, imported]) {
      const predictor = await openPredictor(openReferenceExecutor(), spec, state, 4);
      const output = await predictor.predict(floats('x'), floats('t'), c);
      expect(relativeError(output, floats('eval.output'))).toBeLessThan(1e-6);
    }
  });

  it('folds to the same layers before and after', () => {
    const [before, after] = [foldBatchNorm(spec, foreign), foldBatchNorm(spec, importState(spec, foreign))];
    for (const [name, values] of Object.entries(before)) expect(relativeError(after[name]!, values), name).toBeLessThan(1e-6);
  });

  it('is left as it was', () => {
    const before = structuredClone(foreign);
    importState(spec, foreign);
    foldBatchNorm(spec, foreign);
    expect(foreign).toEqual(before);
  });

  it('folds to the states of the inference program', () => {
    const folded = foldBatchNorm(spec, foreign);
    expect(Object.keys(folded).sort()).toEqual(Object.keys(inferenceProgram(spec, 1).states).sort());
  });

  it('is refused when a tensor is missing or of another width, by name', () => {
    const rest = Object.fromEntries(Object.entries(foreign).filter(([name]) => name !== 'up1.up.bn.weight'));
    expect(() => importState(spec, rest)).toThrow('The state dict has no tensor up1.up.bn.weight.');
    expect(() => importState({ ...spec, width: 5 }, foreign)).toThrow(
      'tensor init_block.conv1.conv.weight holds 36 numbers, not 45 ([5, 1, 3, 3])',
    );
  });
});
