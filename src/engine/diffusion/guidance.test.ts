import process from 'node:process';
import { describe, expect, it } from 'vitest';
import type { Executor, Tensors } from '../executors/executor.ts';
import { openExecutor } from '../executors/registry.ts';
import { openTensorFlowExecutor } from '../executors/tensorflow/executor.ts';
import { initialState } from '../model/initial-state.ts';
import { guidedProgram, inferenceProgram } from '../model/programs.ts';
import { PIXELS, type UnetSpec } from '../model/unet.ts';
import { normals } from '../random/draws.ts';
import { openPredictor } from '../training/predictor.ts';
import { relativeError } from '../verification/compare.ts';
import { oneHot, openGuidedModel } from './guidance.ts';

const spec = { conditioning: 'class', width: 16 } as const;
const improved = { ...spec, model: 'improved' } as const;

/** A network far from its start: with every parameter and statistic somewhere, class and time have a say. */
function stateOf(of: UnetSpec, seed: number): Tensors {
  const state = initialState(of, seed);
  Object.entries(state).forEach(([name, data], step) => {
    const noise = normals(new Float32Array(data.length), { seed, stream: 'noise', step });
    if (name.endsWith('running_var')) state[name] = data.map((_, i) => 0.02 + 0.01 * Math.abs(noise[i]!));
    else if (name.endsWith('.bias') || name.endsWith('running_mean')) state[name] = noise.map((v) => 0.1 * v);
    else if (name.startsWith('condition.') || name.endsWith('.told.weight')) state[name] = noise;
  });
  return state;
}
const state = stateOf(spec, 7);
const labels = [3, 0, 9, 4, 4];
const images = (count: number) => normals(new Float32Array(count * PIXELS), { seed: 1, stream: 'sampler', step: 0 });
const x = images(labels.length);
const t = 0.6;

async function answers(executor: Executor, of: UnetSpec): Promise<{ conditioned: Float32Array; unconditioned: Float32Array }> {
  const predictor = await openPredictor(executor, of, stateOf(of, 7), labels.length);
  const times = new Float32Array(labels.length).fill(t);
  const conditioned = await predictor.predict(x, times, oneHot(labels));
  const unconditioned = await predictor.predict(x, times, new Float32Array(labels.length * 10));
  await predictor.dispose();
  return { conditioned, unconditioned };
}
async function guided(executor: Executor, of: UnetSpec, guidance: number): Promise<Float32Array> {
  const { model, dispose } = await openGuidedModel(executor, of, stateOf(of, 7), { count: labels.length, labels, guidance });
  const answer = await model(x, t);
  await dispose();
  return answer;
}

const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';
const devices = ['reference', 'onnx-cpu', ...(engineFolder === '' ? [] : ['tensorflow-cpu'])];
const open = (device: string): Promise<Executor> =>
  device === 'tensorflow-cpu'
    ? openTensorFlowExecutor(device, { engineFolder, threads: 2 })
    : openExecutor(device, { threads: 2 });

describe.each(devices)('guidance on %s', (device) => {
  it('is the conditional network at 1, the unconditional one at 0, and beyond both elsewhere', { timeout: 60_000 }, async () => {
    const executor = await open(device);
    for (const of of [spec, improved]) {
      const { conditioned, unconditioned } = await answers(executor, of);
      expect(relativeError(conditioned, unconditioned)).toBeGreaterThan(0.05);
      expect(await guided(executor, of, 1)).toEqual(conditioned);
      expect(await guided(executor, of, 0)).toEqual(unconditioned);
      for (const scale of [5, -2, 1.000001]) {
        const expected = unconditioned.map((u, i) => u + scale * (conditioned[i]! - u));
        expect(relativeError(await guided(executor, of, scale), expected), `γ = ${scale}`).toBeLessThan(2e-5);
      }
    }
  });

  it('gives every image the same answer in calls of 40', { timeout: 120_000 }, async () => {
    // the reference takes a second for each image
    const count = device === 'reference' ? 3 : 45;
    const executor = await open(device);
    const all = images(count);
    const dealt = Array.from({ length: count }, (_, i) => i % 10);
    let calls = 0;
    const whole = await openGuidedModel(executor, spec, state, { count, labels: dealt, guidance: 5 }, () => {
      calls++;
    });
    const answer = await whole.model(all, t);
    await whole.dispose();
    expect(calls).toBe(Math.ceil(count / 40));
    const last = await openGuidedModel(executor, spec, state, { count: 1, labels: dealt.slice(-1), guidance: 5 });
    expect(relativeError(answer.subarray(-PIXELS), await last.model(all.slice(-PIXELS), t))).toBeLessThan(2e-5);
    await last.dispose();
  });
});

describe('a guided call', () => {
  it('computes encoder and skip connections once for both answers', () => {
    const convolutions = (program: { nodes: readonly { op: string }[] }) =>
      program.nodes.filter(({ op }) => op === 'conv' || op === 'convInputGrad').length;
    // 18 layers, of which three take two images that were put together
    expect(convolutions(inferenceProgram(spec, 1))).toBe(18 + 3);
    // twice: up1 (a half, two), up2 (a half, two), out_block (a half, one), out_conv
    expect(convolutions(guidedProgram(spec, 1))).toBe(18 + 3 + 3 + 3 + 2 + 1);
  });

  it('is left where the pause before it throws', async () => {
    const executor = await open('onnx-cpu');
    let calls = 0;
    const { model, dispose } = await openGuidedModel(
      executor,
      spec,
      state,
      { count: 41, labels: Array(41).fill(1), guidance: 5 },
      () => {
        if (++calls === 2) throw new Error('enough');
      },
    );
    await expect(model(images(41), t)).rejects.toThrow('enough');
    await dispose();
  });

  it('refuses labels that are not as many as the images', async () => {
    const executor = await open('reference');
    const plan = { count: 3, labels, guidance: 5 };
    await expect(openGuidedModel(executor, spec, state, plan)).rejects.toThrow(
      '3 images of a class-conditioned network need 3 labels, not 5',
    );
    await expect(openGuidedModel(executor, spec, state, { ...plan, labels: null })).rejects.toThrow('not 0');
  });
});

it('writes classes as one-hot rows, zeros where one is hidden', () => {
  expect([...oneHot([1, 0], (i) => i === 0)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, ...new Array<number>(10).fill(0)]);
});
