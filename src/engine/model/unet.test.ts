import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeTensors } from '../tensors/safetensors.ts';
import { inferenceProgram, trainingProgram } from './programs.ts';
import { parameterCount, stateParts, stateShapes } from './unet.ts';

const conditionings = ['none', 'time', 'class'] as const;

describe('the UNet', () => {
  it('has as many parameters as PyTorch counts', () => {
    expect(parameterCount({ conditioning: 'none', width: 128 })).toBe(7_891_073);
    expect(parameterCount({ conditioning: 'time', width: 64 })).toBe(1_996_417);
    expect(parameterCount({ conditioning: 'class', width: 64 })).toBe(2_019_201);
  });

  it.each(conditionings)('has the names and shapes of a PyTorch state dict: %s', (conditioning) => {
    const bytes = readFileSync(new URL(`../fixtures/golden/import-${conditioning}.safetensors`, import.meta.url));
    const expected = [...decodeTensors(bytes).tensors]
      .filter(([name]) => name.startsWith('state.') && !name.endsWith('.num_batches_tracked'))
      .map(([name, { shape }]) => [name.slice('state.'.length), shape] as const);
    const actual = stateShapes({ conditioning, width: 4 });
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
  });
});

describe('the training program', () => {
  it('holds as states what training moves: parameters with an effect, their moments, running statistics', () => {
    const spec = { conditioning: 'class', width: 2 } as const;
    const { trained, statistics } = stateParts(spec);
    const program = trainingProgram(spec, 3);
    const moments = [...trained.keys()].flatMap((name) => [`adam.m.${name}`, `adam.v.${name}`]);
    expect(Object.keys(program.states).sort()).toEqual([...trained.keys(), ...statistics.keys(), ...moments].sort());
    expect(Object.keys(program.updates).sort()).toEqual(Object.keys(program.states).sort());
    expect(Object.keys(program.states)).not.toContain('init_block.conv1.conv.bias');
    expect(Object.keys(program.inputs).sort()).toEqual(['c', 'correction1', 'correction2', 'learningRate', 't', 'target', 'x']);
    expect(Object.fromEntries(Object.entries(program.outputs).map(([name, v]) => [name, v.shape]))).toEqual({
      loss: [],
      sampleLosses: [3],
      output: [3, 1, 28, 28],
    });
  });

  it('does no work that nobody needs', () => {
    const ops = trainingProgram({ conditioning: 'none', width: 2 }, 2).nodes.map((n) => n.op);
    const count = (op: string) => ops.filter((o) => o === op).length;
    // 15 convolutions and 3 transposed ones; the first has no input gradient
    expect(count('convFilterGrad')).toBe(18);
    expect(count('conv')).toBe(15 + 3);
    expect(count('convInputGrad')).toBe(3 + 14);
    expect(count('batchNorm')).toBe(17);
    expect(count('batchNormGrad')).toBe(17);
  });

  it('takes by conditioning what it is told beside the image', () => {
    const inputs = (conditioning: (typeof conditionings)[number]) =>
      Object.keys(inferenceProgram({ conditioning, width: 2 }, 1).inputs).sort();
    expect(conditionings.map(inputs)).toEqual([['x'], ['t', 'x'], ['c', 't', 'x']]);
  });
});
