import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectionRequestSchema, inspectionSchema, type BlockMaps } from '#contract/inspection.ts';
import { lookRequestSchema, walkRequestSchema, type WalkRequest } from '#contract/playground.ts';
import { parseRecipe } from '#contract/recipe.ts';
import { samplingOptionsSchema, samplingPlan, type SamplingFrame } from '#contract/sampling.ts';
import { linearSchedule } from '#engine/diffusion/schedule.ts';
import type { Tensors } from '#engine/executors/executor.ts';
import { openExecutor } from '#engine/executors/registry.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { openPredictor } from '#engine/training/predictor.ts';
import { epochCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { loadMnist } from '#library/mnist.ts';
import { circle, createPlayground, walk, type Playground } from './playground.ts';
import { sampleNetwork } from './sampling.ts';

const executor = await openExecutor('onnx-cpu', { threads: 1 });
const recipes = {
  denoiser: parseRecipe({ width: 2 }),
  ddpm: parseRecipe({ objective: 'ddpm', conditioning: 'class', width: 2, timesteps: 20 }),
  flow: parseRecipe({ objective: 'flow', conditioning: 'time', width: 2 }),
};
type Kind = keyof typeof recipes;
let folder: string;
let library: Library;
let playground: Playground;
let digit: Float32Array;
const ids: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playground-'));
  library = await openLibrary(folder);
  for (const [name, recipe] of Object.entries(recipes)) {
    const { id } = await library.runs.create({ recipe, name });
    ids[name] = id;
    const file = epochCheckpoint(library.runs.folder(id), 1);
    await writeCheckpoint(file, { recipe, epoch: 1, step: 1, tensors: initialState(recipe, 1) });
  }
  playground = createPlayground(executor, (run) => library.runs.folder(run));
  const { images } = await loadMnist('test');
  digit = Float32Array.from(images.subarray(0, 784), (v) => v / 255); // a seven
});
afterAll(() => rm(folder, { recursive: true }));

const look = (kind: Kind, more: object) =>
  playground.look(lookRequestSchema.parse({ run: ids[kind], epoch: 1, drawing: digit, level: 0.5, seed: 3, ...more }));
const worst = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));

describe('a look', () => {
  it('gives what the network answers to the drawing with noise of σ, the same each time', async () => {
    const { opened, noisy, seen, ofDrawing, ofSeen } = await look('denoiser', {});
    expect(opened).toBe(true);
    const noise = noisy.map((v, i) => (v - digit[i]!) / 0.5);
    const mean = noise.reduce((sum, v) => sum + v, 0) / 784;
    expect(Math.abs(mean)).toBeLessThan(0.15);
    expect(Math.abs(Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / 784) - 1)).toBeLessThan(0.1);
    const predictor = await openPredictor(executor, recipes.denoiser, initialState(recipes.denoiser, 1), 1);
    expect(worst(seen, await predictor.predict(noisy))).toBeLessThan(1e-5);
    await predictor.dispose();
    expect(ofDrawing[7]).toBeGreaterThan(0.9);
    for (const read of [ofDrawing, ofSeen]) expect(read.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    expect(await look('denoiser', {})).toEqual({ opened: false, noisy, seen, ofDrawing, ofSeen });
    expect((await look('denoiser', { seed: 4 })).noisy).not.toEqual(noisy);
  });

  it('mixes as the schedule does, and gives back the image that belongs to the noise that was seen', async () => {
    const { noisy } = await look('ddpm', { level: 0.5, digit: 7 });
    const bar = linearSchedule(20).alphaBar[10]!;
    const pure = await look('ddpm', { level: 0.5, digit: 7, drawing: new Float32Array(784) });
    expect(
      worst(
        noisy,
        pure.noisy.map((v, i) => v + Math.sqrt(bar) * digit[i]!),
      ),
    ).toBeLessThan(1e-6);
    expect((await look('ddpm', { level: 0 })).seen).toEqual(digit);
    const flow = await look('flow', { level: 0.25 });
    expect(
      worst(
        flow.noisy,
        noisy.map((_, i) => 0.75 * digit[i]! + (0.25 * pure.noisy[i]!) / Math.sqrt(1 - bar)),
      ),
    ).toBeLessThan(1e-5);
    await expect(look('flow', { level: 1.5 })).rejects.toThrow('t is 1.5');
  });

  it('takes the weights and the guidance that are asked for', async () => {
    const averaged = { ...recipes.ddpm, ema: 0.9 };
    const { id } = await library.runs.create({ recipe: averaged, name: 'Averaged' });
    const average = Object.entries(initialState(averaged, 2)).map(([name, data]) => [`ema.${name}`, data]);
    const tensors = { ...initialState(averaged, 1), ...(Object.fromEntries(average) as Tensors) };
    await writeCheckpoint(epochCheckpoint(library.runs.folder(id), 1), { recipe: averaged, epoch: 1, step: 1, tensors });
    const [raw, ema] = [await look('ddpm', { run: id }), await look('ddpm', { run: id, weights: 'ema' })];
    expect(raw.seen).toEqual((await look('ddpm', {})).seen);
    expect(ema.seen).not.toEqual(raw.seen);

    // ε is linear in γ, and so is what is seen: of an open network as of one that is opened for it
    const seen = async (guidance: number) => (await look('ddpm', { digit: 7, guidance })).seen;
    const [none, plain] = [await seen(0), await seen(1)];
    for (const guidance of [5, 2])
      expect(
        worst(
          await seen(guidance),
          none.map((v, i) => v + guidance * (plain[i]! - v)),
        ),
      ).toBeLessThan(1e-4);
  });
});

describe('a look into a network', () => {
  const inspect = (kind: Kind, more: object = {}) =>
    playground.inspect(inspectionRequestSchema.parse({ run: ids[kind], epoch: 1, drawing: digit, level: 0.5, seed: 3, ...more }));
  const values = ({ maps: { bytes, low, high, side } }: Pick<BlockMaps, 'maps'>) =>
    Float32Array.from(bytes, (b, at) => {
      const i = Math.floor(at / side ** 2);
      return low[i]! + ((high[i]! - low[i]!) * b) / 255;
    });
  const named = (blocks: BlockMaps[]) => new Map(blocks.map((b) => [b.block, b]));

  it('ends in what a look sees, at the same noise', async () => {
    const { noisy, blocks, opened } = await inspect('denoiser');
    expect([opened, (await inspect('denoiser')).opened]).toEqual([true, false]);
    const seen = await look('denoiser', {});
    expect(noisy).toEqual(seen.noisy);
    const out = named(blocks).get('out')!;
    expect(worst(values(out), seen.seen)).toBeLessThan((out.high - out.low) / 400);
    // a look has taken the place of what was open
    const again = await inspect('denoiser');
    expect(again).toEqual({ noisy, blocks, opened: true });
    expect(inspectionSchema.safeParse(again).success).toBe(true);
  });

  it('shows what being told another class or time changes: nothing before the network hears of it', async () => {
    const { blocks } = await inspect('ddpm', { digit: 7, instead: { t: 0.5, digit: null } });
    const share = (all: BlockMaps[]) => all.map(({ block, change }) => [block, change!.share > 0]);
    const heard = (from: string[]) => blocks.map(({ block }) => [block, !from.includes(block)]);
    const before = ['init', 'down1', 'down2', 'flatten', 'unflatten'];
    expect(share(blocks)).toEqual(heard(before));
    expect(share((await inspect('ddpm', { digit: 7, instead: { t: 0.1, digit: 7 } })).blocks)).toEqual(heard(before));
    // told the same, nothing changes; and with a class less the change is turned round
    const same = await inspect('ddpm', { digit: 7, instead: { t: 0.5, digit: 7 } });
    expect(same.blocks.every(({ change }) => change!.share === 0)).toBe(true);
    // no class is none of the ten
    const none = await inspect('ddpm', { digit: null, instead: { t: 0.5, digit: 0 } });
    expect(named(none.blocks).get('condition1')!.change!.share).toBeGreaterThan(0);
    const turned = named((await inspect('ddpm', { digit: null, instead: { t: 0.5, digit: 7 } })).blocks).get('out')!.change!;
    const out = named(blocks).get('out')!.change!;
    expect(
      worst(
        values(turned),
        values(out).map((v) => -v),
      ),
    ).toBeLessThan((out.maps.high[0]! - out.maps.low[0]!) / 200);
    // the time alone, where no class is told
    expect((await inspect('flow', { instead: { t: 0.9, digit: null } })).blocks.at(-1)!.change!.share).toBeGreaterThan(0);
  });
});

/** The moments of a walk. */
async function walked(request: WalkRequest): Promise<SamplingFrame[]> {
  const frames: SamplingFrame[] = [];
  const status = await walk(
    playground,
    request,
    () => false,
    (frame) => Promise.resolve(void frames.push(frame)),
  );
  expect(status).toBe('done');
  expect(frames.map(({ index, of }) => [index, of])).toEqual(frames.map((_, i) => [i, frames.length]));
  return frames;
}

describe('a way back', () => {
  it('begins at the look of its time and ends at an image', async () => {
    const ask = walkRequestSchema.parse({ kind: 'way', run: ids['ddpm'], epoch: 1, drawing: digit, t: 0.5, seed: 3, steps: 5 });
    const frames = await walked(ask);
    expect(frames.map(({ t }) => Math.round(20 * t))).toEqual([10, 8, 6, 4, 2, 0]);
    const { noisy, seen } = await look('ddpm', { level: 0.5 });
    expect(worst(frames[0]!.x, noisy)).toBeLessThan(1e-6);
    expect(worst(frames[0]!.x0, seen)).toBeLessThan(1e-4);
    expect(frames[5]!.x).toEqual(frames[5]!.x0);
    const flow = await walked({ ...ask, run: ids['flow']! });
    expect(flow.map(({ t }) => Math.round(10 * t))).toEqual([5, 4, 3, 2, 1, 0]);
    await expect(walked({ ...ask, run: ids['denoiser']! })).rejects.toThrow('no way from noise');
  });

  it('ends between two steps when it is cancelled', async () => {
    const ask = walkRequestSchema.parse({ kind: 'way', run: ids['ddpm'], epoch: 1, drawing: digit, t: 1, seed: 3, steps: 20 });
    let frames = 0;
    const status = await walk(
      playground,
      ask,
      () => frames === 3,
      () => {
        frames++;
        return Promise.resolve();
      },
    );
    expect([status, frames]).toEqual(['cancelled', 3]);
  });
});

describe('images between two noises', () => {
  it('begin and end with the samples of the two seeds', async () => {
    const of = { kind: 'between', run: ids['ddpm'], epoch: 1, digit: 3, from: 5, to: 6, count: 4, steps: 4 };
    const images = (await walked(walkRequestSchema.parse(of))).at(-1)!.x;
    for (const [seed, i] of [
      [5, 0],
      [6, 3],
    ] as const) {
      const options = samplingOptionsSchema.parse({ count: 1, classes: [3], sampler: 'ddim', steps: 4, seed });
      const network = { recipe: recipes.ddpm, tensors: initialState(recipes.ddpm, 1) };
      let last = new Float32Array(784);
      for await (const { x } of sampleNetwork(executor, network, samplingPlan(recipes.ddpm, options)))
        last = x as Float32Array<ArrayBuffer>;
      const scale = Math.max(...last.map(Math.abs));
      expect(worst(images.subarray(i * 784, (i + 1) * 784), last) / scale).toBeLessThan(1e-4);
    }
  });

  it('come from a circle, on which noise keeps its length', () => {
    const [a, b] = [Float32Array.of(3, 0), Float32Array.of(0, 3)];
    const points = circle(a, b, 3);
    expect([...points].map((v) => Math.round(1e6 * v) / 1e6)).toEqual([3, 0, 2.12132, 2.12132, 0, 3]);
    expect([...circle(a, a, 2)]).toEqual([3, 0, 3, 0]);
  });
});
