import { describe, expect, it } from 'vitest';
import { toGrey } from '#contract/grey.ts';
import { defaultRecipe, type Recipe } from '#contract/recipe.ts';
import { samplingOptionsSchema, samplingPlan } from '#contract/sampling.ts';
import { samplerNoise } from '#engine/diffusion/sampling.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { sampleGrid, sampleNetwork, shownSteps, weightsOf } from './sampling.ts';

const recipe: Recipe = { ...defaultRecipe, objective: 'ddpm', conditioning: 'class', width: 2, timesteps: 6, epochs: 5 };
const network = { recipe, tensors: initialState(recipe, 1) };
const executor = await openExecutor('onnx-cpu', { threads: 1 });
const planOf = (options: object) => samplingPlan(recipe, samplingOptionsSchema.parse(options));
async function imagesOf(options: object): Promise<Float32Array> {
  let images = new Float32Array();
  for await (const { x } of sampleNetwork(executor, network, planOf(options))) images = x as Float32Array<ArrayBuffer>;
  return images;
}

describe('sampling a network', () => {
  it('depends on the seed alone, and a larger count only adds images', async () => {
    const two = await imagesOf({ count: 2, seed: 3 });
    expect(await imagesOf({ count: 2, seed: 3 })).toEqual(two);
    expect(await imagesOf({ count: 2, seed: 4 })).not.toEqual(two);
    const three = await imagesOf({ count: 3, seed: 3 });
    expect(three).toHaveLength(3 * PIXELS);
    // another batch may round otherwise in the last bit
    two.forEach((v, i) => expect(Math.abs(v - three[i]!)).toBeLessThan(1e-5 * (1 + Math.abs(v))));
  });

  it('starts two networks from one noise', async () => {
    const other = { recipe, tensors: initialState(recipe, 2) };
    const [ours, theirs] = [network, other].map((n) => sampleNetwork(executor, n, planOf({ count: 2 })));
    const [a, b] = [await ours!.next(), await theirs!.next()];
    expect(a.value!.x).toEqual(b.value!.x);
    expect(a.value!.x0).not.toEqual(b.value!.x0);
    await Promise.all([ours!.return(), theirs!.return()]);
  });

  it('takes the running average of the weights where it is asked for', () => {
    const average = initialState(recipe, 2);
    const tensors = { ...network.tensors, 'ema.out_conv.weight': average['out_conv.weight']! };
    expect(weightsOf(tensors, 'raw')['out_conv.weight']).toBe(network.tensors['out_conv.weight']);
    expect(weightsOf(tensors, 'ema')['out_conv.weight']).toBe(average['out_conv.weight']);
    expect(weightsOf(tensors, 'ema')['init_block.conv1.conv.weight']).toBe(network.tensors['init_block.conv1.conv.weight']);
    expect(() => weightsOf(network.tensors, 'ema')).toThrow('no running average');
  });
});

describe('the grid of an epoch', () => {
  it('holds 40 images, four of each digit in columns, and the way there in grey', async () => {
    const { plan, images, frames } = await sampleGrid(executor, network, 5);
    expect(plan.labels!.slice(0, 11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
    expect(images).toHaveLength(40 * PIXELS);
    expect(frames.t).toHaveLength(7);
    expect([frames.t[0], frames.t[6]]).toEqual([1, 0]);
    expect(frames.x).toHaveLength(7 * 40 * PIXELS);
    expect(frames.x.subarray(0, 40 * PIXELS)).toEqual(new Uint8Array(toGrey(samplerNoise(0, 40).start(), [-1.5, 2.5])));
    expect(frames.x0.subarray(-images.length)).toEqual(
      Uint8Array.from(images, (v) => Math.min(255, Math.max(0, Math.round(v * 255)))),
    );
  });

  it('is left where the pause throws', async () => {
    let calls = 0;
    const pause = () => {
      if (++calls === 3) throw new Error('asked to end');
    };
    await expect(sampleGrid(executor, network, 5, pause)).rejects.toThrow('asked to end');
    expect(calls).toBe(3);
  });
});

it('shows evenly spaced frames from noise to image, and the image where there is room for one', () => {
  expect(shownSteps(300, 4)).toEqual([0, 100, 200, 300]);
  expect(shownSteps(3, 50)).toEqual([0, 1, 2, 3]);
  expect(shownSteps(300, 1)).toEqual([300]);
  expect(shownSteps(10, 4)).toEqual([0, 3, 7, 10]);
});
