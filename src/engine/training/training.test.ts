import { describe, expect, it } from 'vitest';
import { openExecutor } from '../executors/registry.ts';
import { openReferenceExecutor } from '../executors/reference/executor.ts';
import { averageName } from '../model/programs.ts';
import { stateShapes } from '../model/unet.ts';
import { relativeError } from '../verification/compare.ts';
import { batches } from './batches.ts';
import {
  emaDecayAt,
  learningRateAt,
  openTraining,
  type Digits,
  type StepResult,
  type Training,
  type TrainingSpec,
} from './training.ts';

const spec: TrainingSpec = {
  objective: 'denoise',
  conditioning: 'none',
  sigma: 0.5,
  timesteps: 20,
  schedule: 'linear',
  timeSampling: 'uniform',
  ema: 0,
  width: 2,
  batchSize: 4,
  epochs: 2,
  learningRate: 1e-2,
  learningRateDecay: 0.1,
  dropClass: 0.3,
  seed: 180,
};
/** Ten digits with a bright square each, in another place. */
const digits: Digits = {
  images: Uint8Array.from({ length: 10 * 784 }, (_, i) => {
    const [digit, x, y] = [Math.floor(i / 784), i % 28, Math.floor((i % 784) / 28)];
    return Math.abs(x - 2 * digit - 5) < 4 && Math.abs(y - 14) < 4 ? 255 : 0;
  }),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i),
};

async function train(training: Training, steps = training.totalSteps - training.step): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (let i = 0; i < steps; i++) results.push(await training.advance());
  return results;
}

describe('training', () => {
  it('counts steps, epochs, images and learning rates, the smaller last batch included', async () => {
    const training = await openTraining(openReferenceExecutor(), spec, digits);
    expect([training.stepsPerEpoch, training.totalSteps, training.step]).toEqual([3, 6, 0]);
    const results = await train(training);
    expect(results.map((r) => r.step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(results.map((r) => r.epoch)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(results.map((r) => r.images)).toEqual([4, 4, 2, 4, 4, 2]);
    const falling = 0.01 * 0.1 ** 0.5;
    expect(results.map((r) => r.learningRate)).toEqual([0.01, 0.01, 0.01, falling, falling, falling]);
    await expect(training.advance()).rejects.toThrow('the run is over after 6 steps');
  });

  it('brings the loss down', async () => {
    const training = await openTraining(openReferenceExecutor(), { ...spec, epochs: 20, learningRateDecay: 1 }, digits);
    const losses = (await train(training)).map((r) => r.loss);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(-6))).toBeLessThan(mean(losses.slice(0, 6)) * 0.6);
  });

  it.each([
    { device: 'reference', objective: 'denoise', conditioning: 'none', ema: 0 },
    { device: 'reference', objective: 'flow', conditioning: 'time', ema: 0.9 },
    { device: 'onnx-cpu', objective: 'ddpm', conditioning: 'class', ema: 0.9 },
    { device: 'onnx-cpu', objective: 'flow', conditioning: 'class', ema: 0 },
    { device: 'reference', objective: 'ddpm', conditioning: 'class', ema: 0.9, model: 'improved' },
  ] as const)('repeats the uninterrupted run bit for bit after a resume: $objective on $device', async ({ device, ...model }) => {
    const executor = await openExecutor(device, { threads: 1 });
    const run = { ...spec, ...model };
    const whole = await openTraining(executor, run, digits);
    const losses = (await train(whole)).map((r) => r.loss);
    const end = await whole.checkpoint();
    await whole.dispose();
    // in the middle of an epoch, and between two
    for (const at of [2, 3]) {
      const first = await openTraining(executor, run, digits);
      const before = (await train(first, at)).map((r) => r.loss);
      const checkpoint = structuredClone(await first.checkpoint());
      await first.dispose();
      const second = await openTraining(executor, run, digits, checkpoint);
      expect(second.step).toBe(at);
      expect([...before, ...(await train(second)).map((r) => r.loss)]).toEqual(losses);
      expect(await second.checkpoint()).toEqual(end);
      await second.dispose();
    }
  });

  it('holds in a checkpoint the whole state dict, idle biases as zeros, and the moments', async () => {
    const training = await openTraining(openReferenceExecutor(), spec, digits);
    await train(training, 2);
    const { step, tensors } = await training.checkpoint();
    expect(step).toBe(2);
    const plain = Object.keys(tensors).filter((name) => !name.startsWith('adam.'));
    expect(plain.sort()).toEqual([...stateShapes(spec).keys()].sort());
    expect([...new Set(tensors['down1.down.conv.bias'])]).toEqual([0]);
    expect(tensors['adam.m.out_conv.weight']).toHaveLength(18);
    expect(tensors['adam.v.out_conv.weight']!.every((v) => v > 0)).toBe(true);
    expect(tensors['down1.down.bn.running_var']).not.toEqual(new Float32Array(2).fill(1));
  });

  it.each(['reference', 'onnx-cpu'])('keeps the running average that its decay defines, on %s', async (device) => {
    const executor = await openExecutor(device, { threads: 1 });
    const training = await openTraining(executor, { ...spec, ema: 0.5 }, digits);
    const plain = await openTraining(executor, spec, digits);
    const names = ['out_conv.weight', 'up1.up.bn.weight', 'down1.down.bn.running_var'];
    const expected = (await plain.checkpoint()).tensors;
    for (let step = 1; step <= 5; step++) {
      await train(training, 1);
      await train(plain, 1);
      const now = (await plain.checkpoint()).tensors;
      const decay = Math.min(0.5, (1 + step) / (10 + step));
      for (const name of names) expected[name] = expected[name]!.map((v, i) => decay * v + (1 - decay) * now[name]![i]!);
    }
    const checkpoint = await training.checkpoint();
    // the average is kept beside the weights, and changes nothing about them
    for (const [name, data] of Object.entries((await plain.checkpoint()).tensors))
      expect(checkpoint.tensors[name], name).toEqual(data);
    const averages = Object.keys(checkpoint.tensors).filter((name) => name.startsWith('ema.'));
    expect(averages.sort()).toEqual([...stateShapes(spec).keys()].map(averageName).sort());
    for (const name of names) {
      const average = checkpoint.tensors[averageName(name)]!;
      expect(relativeError(average, expected[name]!)).toBeLessThan(1e-6);
      expect(average).not.toEqual(checkpoint.tensors[name]);
    }
    await training.dispose();
    await plain.dispose();
  });

  it('gives the loss by quarter of t beside the whole, where there is a t', async () => {
    const ddpm = { ...spec, objective: 'ddpm', conditioning: 'time', batchSize: 10 } as const;
    const [{ loss, quarters }] = (await train(await openTraining(openReferenceExecutor(), ddpm, digits), 1)) as [StepResult];
    const { t } = batches(ddpm, digits).at(0).tensors;
    const counts = [0, 0, 0, 0];
    for (const v of t!) counts[Math.ceil(4 * v) - 1]!++;
    const mean = quarters!.reduce<number>((sum, v, q) => sum + (v ?? 0) * counts[q]!, 0) / 10;
    expect(mean).toBeCloseTo(loss, 6);
    expect((await train(await openTraining(openReferenceExecutor(), spec, digits), 1))[0]).not.toHaveProperty('quarters');
  });

  it('goes on after a device has failed in a step, with the same batch', async () => {
    const reference = openReferenceExecutor();
    let failing = false;
    const training = await openTraining(
      {
        ...reference,
        compile: async (programs) => {
          const session = await reference.compile(programs);
          return { ...session, run: (...call) => (failing ? Promise.reject(new Error('out of memory')) : session.run(...call)) };
        },
      },
      spec,
      digits,
    );
    await train(training, 1);
    failing = true;
    await expect(training.advance()).rejects.toThrow('out of memory');
    failing = false;
    const expected = await openTraining(reference, spec, digits);
    expect((await train(training, 1))[0]).toEqual((await train(expected, 2))[1]);
  });

  it("refuses another model's checkpoint, and no digits", async () => {
    const training = await openTraining(openReferenceExecutor(), spec, digits);
    const checkpoint = await training.checkpoint();
    const wider = openTraining(openReferenceExecutor(), { ...spec, width: 3 }, digits, checkpoint);
    await expect(wider).rejects.toMatchObject({
      code: 'checkpoint',
      message: expect.stringContaining('init_block.conv1') as string,
    });
    const bare = { ...checkpoint, tensors: { ...checkpoint.tensors } };
    delete bare.tensors['adam.v.out_conv.bias'];
    await expect(openTraining(openReferenceExecutor(), spec, digits, bare)).rejects.toThrow(
      'The checkpoint has no tensor adam.v.out_conv.bias.',
    );
    const averaging = openTraining(openReferenceExecutor(), { ...spec, ema: 0.9 }, digits, checkpoint);
    await expect(averaging).rejects.toThrow('The checkpoint has no tensor ema.init_block');
    const none = { images: new Uint8Array(), labels: new Uint8Array() };
    await expect(openTraining(openReferenceExecutor(), spec, none)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('the running average', () => {
  it('lets go of the initial weights at first, then decays as asked', () => {
    expect(emaDecayAt(0.999, 1)).toBe(2 / 11);
    expect(emaDecayAt(0.999, 90)).toBe(0.91);
    expect(emaDecayAt(0.999, 1e6)).toBe(0.999);
  });
});

describe('the learning rate', () => {
  it('falls by the same ratio after every epoch, by the decay in all', () => {
    const decaying = { learningRate: 1e-3, learningRateDecay: 0.1, epochs: 20 };
    expect(learningRateAt(decaying, 0)).toBe(1e-3);
    expect(learningRateAt(decaying, 7) / learningRateAt(decaying, 6)).toBeCloseTo(0.1 ** (1 / 20), 12);
    expect(learningRateAt(decaying, 20)).toBeCloseTo(1e-4, 12);
    expect(learningRateAt({ ...decaying, learningRateDecay: 1 }, 13)).toBe(1e-3);
  });
});
