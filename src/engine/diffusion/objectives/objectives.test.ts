import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PIXELS } from '../../model/unet.ts';
import { decodeTensors } from '../../tensors/safetensors.ts';
import { relativeError } from '../../verification/compare.ts';
import { linearSchedule } from '../schedule.ts';
import { ddpmExample } from './ddpm.ts';
import { denoiseExample } from './denoise.ts';
import { flowExample } from './flow.ts';

function golden(name: string) {
  const { tensors } = decodeTensors(readFileSync(new URL(`../../fixtures/golden/${name}.safetensors`, import.meta.url)));
  return (tensor: string) => tensors.get(tensor)!.data;
}

describe('what the network is trained on', () => {
  it.each([0, 1, 2])('denoise: from x + σε to x, as PyTorch has it in step %i', (step) => {
    const file = golden('unet-none');
    const x = file(`step${step}.x0`) as Float32Array;
    const { input, target, t } = denoiseExample(x, file(`step${step}.eps`) as Float32Array, 0.5);
    expect(relativeError(input, file(`step${step}.input`) as Float32Array)).toBeLessThan(2e-7);
    expect(target).toEqual(x);
    expect(t).toBeUndefined();
  });

  it.each([0, 1, 2])('ddpm: from x_t to ε, each image at its own t, as PyTorch has it in step %i', (step) => {
    const file = golden('unet-class');
    const epsilon = file(`step${step}.eps`) as Float32Array;
    const t = Array.from(file(`step${step}.t`) as BigInt64Array, Number);
    const example = ddpmExample(file(`step${step}.x0`) as Float32Array, epsilon, t, linearSchedule(300));
    expect(new Set(t).size).toBeGreaterThan(1);
    expect(relativeError(example.input, file(`step${step}.input`) as Float32Array)).toBeLessThan(2e-7);
    expect(example.target).toEqual(epsilon);
    expect([...example.t!]).toEqual(t.map((v) => Math.fround(v / 300)));
  });

  it('flow: from (1 − t) x + tε to ε − x', () => {
    const x0 = new Float32Array(3 * PIXELS).fill(1);
    const epsilon = new Float32Array(3 * PIXELS).fill(-3);
    const { input, target, t } = flowExample(x0, epsilon, [0, 0.25, 1]);
    expect([0, 1, 2].map((i) => input[i * PIXELS])).toEqual([1, 0, -3]);
    expect(new Set(target)).toEqual(new Set([-4]));
    expect([...t!]).toEqual([0, 0.25, 1]);
  });
});
