import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StudioError } from '#contract/error.ts';
import { parseRecipe, stepsPerEpoch, type Recipe } from '#contract/recipe.ts';
import { sizeOf } from '#engine/graph/graph.ts';
import { stateShapes } from '#engine/model/unet.ts';
import { decodeTensors, encodeTensors } from '#engine/tensors/safetensors.ts';
import {
  checkpointsFolder,
  epochCheckpoint,
  latestResumePoint,
  listCheckpoints,
  readCheckpoint,
  resumeCheckpoint,
  writeCheckpoint,
  type StoredCheckpoint,
} from './checkpoint.ts';

const recipe = parseRecipe({ width: 1, batchSize: 10, subset: 100, epochs: 3 });
/** A checkpoint whose numbers tell which it is. */
function checkpointAt(step: number, of: Recipe = recipe): StoredCheckpoint {
  const tensors: Record<string, Float32Array> = {};
  for (const [name, shape] of stateShapes(of)) {
    tensors[name] = new Float32Array(sizeOf(shape)).map((_, i) => step + i / 7);
    if (/running_/.test(name)) continue;
    for (const moment of ['adam.m.', 'adam.v.']) tensors[moment + name] = tensors[name].map((v) => v / 3);
  }
  return { recipe: of, epoch: Math.floor(step / stepsPerEpoch(of)), step, tensors };
}

let run: string;
let file: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'from-noise-checkpoint-'));
  await mkdir(checkpointsFolder(run));
  file = epochCheckpoint(run, 1);
});
afterEach(() => rm(run, { recursive: true, force: true }));

describe('a checkpoint', () => {
  it('comes back bit for bit', async () => {
    const checkpoint = checkpointAt(10);
    checkpoint.tensors['out_conv.bias']![0] = NaN;
    await writeCheckpoint(file, checkpoint);
    expect(await readCheckpoint(file)).toEqual(checkpoint);
    expect(file).toBe(join(run, 'checkpoints', 'epoch-0001.safetensors'));
  });
  it('holds the state of the improved UNet, and not of the assigned one beside it', async () => {
    const improved = parseRecipe({ ...recipe, objective: 'ddpm', conditioning: 'class', model: 'improved' });
    const checkpoint = checkpointAt(10, improved);
    await writeCheckpoint(file, checkpoint);
    expect(await readCheckpoint(file)).toEqual(checkpoint);
    await expect(writeCheckpoint(file, { ...checkpoint, recipe: { ...improved, model: 'assigned' } })).rejects.toThrow(TypeError);
  });
  it('comes back whole with a running average, whose tensors have the shapes of their own', async () => {
    const averaging = parseRecipe({ ...recipe, objective: 'ddpm', conditioning: 'class', ema: 0.99 });
    const checkpoint = checkpointAt(10, averaging);
    for (const [name, data] of Object.entries(checkpoint.tensors))
      if (!name.startsWith('adam.')) checkpoint.tensors[`ema.${name}`] = data.map((v) => v / 5);
    await writeCheckpoint(file, checkpoint);
    expect(await readCheckpoint(file)).toEqual(checkpoint);
    const { tensors } = decodeTensors(await readFile(file));
    expect(tensors.get('ema.fc1_c.fc1.weight')!.shape).toEqual([2, 10]);
    checkpoint.tensors['ema.fc9.weight'] = new Float32Array(1);
    await expect(writeCheckpoint(file, checkpoint)).rejects.toThrow('no place for ema.fc9.weight');
  });
  it("holds PyTorch's state dict: every BatchNorm has counted the steps, and the moments stand behind", async () => {
    await writeCheckpoint(file, checkpointAt(10));
    const { tensors, metadata } = decodeTensors(await readFile(file));
    const names = [...tensors.keys()];
    expect(tensors.get('down1.block.conv2.bn.num_batches_tracked')).toEqual({
      kind: 'I64',
      shape: [],
      data: BigInt64Array.of(10n),
    });
    expect(names.filter((n) => n.endsWith('num_batches_tracked'))).toHaveLength(
      names.filter((n) => n.endsWith('running_mean')).length,
    );
    expect(names.filter((n) => n.startsWith('init_block.conv1.')).sort()).toEqual(
      ['bn.bias', 'bn.num_batches_tracked', 'bn.running_mean', 'bn.running_var', 'bn.weight', 'conv.bias', 'conv.weight'].map(
        (n) => `init_block.conv1.${n}`,
      ),
    );
    expect(names.slice(names.findIndex((n) => n.startsWith('adam.'))).every((n) => n.startsWith('adam.'))).toBe(true);
    // on 8-byte borders: torch refuses the file otherwise
    expect(names.slice(0, 16).every((n) => n.endsWith('num_batches_tracked'))).toBe(true);
    expect(metadata).toMatchObject({ format: '1', epoch: '1', step: '10', recipe: JSON.stringify(recipe) });
  });
  it('refuses tensors that are no part of its model', async () => {
    const checkpoint = checkpointAt(10);
    const extra = { ...checkpoint, tensors: { ...checkpoint.tensors, 'fc9.weight': new Float32Array(1) } };
    await expect(writeCheckpoint(file, extra)).rejects.toThrow('a checkpoint has no place for fc9.weight');
    delete checkpoint.tensors['out_conv.bias'];
    await expect(writeCheckpoint(file, checkpoint)).rejects.toThrow('a checkpoint needs out_conv.bias');
    expect(await readdir(checkpointsFolder(run))).toEqual([]);
  });
});

describe('a damaged checkpoint', () => {
  const damagedOrSame = async (bytes: Uint8Array): Promise<void> => {
    await writeFile(file, bytes);
    try {
      expect(await readCheckpoint(file)).toEqual(checkpointAt(10));
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      expect(error.code).toBe('checkpoint');
      expect(error.message).toContain(file);
    }
  };
  it('is told wherever it is cut short', async () => {
    await writeCheckpoint(file, checkpointAt(10));
    const whole = await readFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await writeFile(file, whole.subarray(0, length));
        await expect(readCheckpoint(file)).rejects.toMatchObject({
          code: 'checkpoint',
          message: expect.stringContaining(file) as string,
          hint: expect.stringContaining('earlier epoch') as string,
        });
      }),
      { numRuns: 60, examples: [[0], [7], [8], [whole.length - 1]] },
    );
  });
  it('is told, or reads the same, whichever bit was flipped', async () => {
    await writeCheckpoint(file, checkpointAt(10));
    const whole = await readFile(file);
    const header = 8 + Number(whole.readBigUInt64LE());
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.nat(header), fc.nat(whole.length - 1)), fc.nat(7), async (at, bit) => {
        const bytes = Uint8Array.from(whole);
        bytes[at]! ^= 1 << bit;
        await damagedOrSame(bytes);
      }),
      { numRuns: 150 },
    );
  });
  it.each([
    ['step', '"10"', '"11"'],
    ['recipe', String.raw`\"learningRate\":0.0001`, String.raw`\"learningRate\":0.0009`],
    ['tensor name', 'conv1.bn.weight', 'conv2.bn.weight'],
  ])('is told when its %s is another', async (_, from, to) => {
    await writeCheckpoint(file, checkpointAt(10));
    const bytes = await readFile(file);
    bytes.write(to, bytes.indexOf(from));
    await writeFile(file, bytes);
    await expect(readCheckpoint(file)).rejects.toMatchObject({ code: 'checkpoint' });
  });
  it('names what makes it none of ours', async () => {
    await writeFile(file, encodeTensors(new Map(), {}));
    await expect(readCheckpoint(file)).rejects.toThrow('its metadata is not of a checkpoint');
    await writeFile(file, encodeTensors(new Map(), { format: '2', sha256: '' }));
    await expect(readCheckpoint(file)).rejects.toThrow('is of format 2');
    await writeFile(file, encodeTensors(new Map(), { format: '1', sha256: '', recipe: '{"width":0}' }));
    await expect(readCheckpoint(file)).rejects.toThrow('width is 0; it must be a whole number from 1 to 512');
    await rm(file);
    await expect(readCheckpoint(file)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('listCheckpoints', () => {
  it('tells the epochs that are there, and passes over other files', async () => {
    for (const epoch of [12, 2]) await writeCheckpoint(epochCheckpoint(run, epoch), checkpointAt(epoch * 10));
    await writeFile(join(checkpointsFolder(run), '.epoch-0003.safetensors.1.0badcafe.tmp'), '');
    await writeFile(join(checkpointsFolder(run), 'notes.txt'), '');
    const found = await listCheckpoints(run);
    expect(found.map((c) => c.epoch)).toEqual([2, 12]);
    expect(found[0]!.bytes).toBe((await readFile(epochCheckpoint(run, 2))).length);
    expect(Math.abs(found[0]!.savedAt - Date.now())).toBeLessThan(60_000);
  });
  it('is empty for a run without checkpoints', async () => {
    await rm(checkpointsFolder(run), { recursive: true });
    expect(await listCheckpoints(run)).toEqual([]);
  });
});

describe('latestResumePoint', () => {
  const save = async (epochs: number[], paused?: number) => {
    for (const epoch of epochs) await writeCheckpoint(epochCheckpoint(run, epoch), checkpointAt(epoch * 10));
    if (paused !== undefined) await writeCheckpoint(resumeCheckpoint(run), checkpointAt(paused));
  };
  const stepOf = async () => (await latestResumePoint(run, recipe)).checkpoint?.step;

  it('is none for a run that has saved nothing', async () => {
    expect(await latestResumePoint(run, recipe)).toEqual({ checkpoint: undefined, skipped: [] });
  });
  it('is the highest step of all', async () => {
    await save([1, 2], 17);
    expect(await stepOf()).toBe(20);
    await save([], 23);
    expect(await stepOf()).toBe(23);
    await save([], 20);
    expect(await stepOf()).toBe(20);
    await save([10]);
    expect(await stepOf()).toBe(100);
  });
  it('passes over damaged ones and tells of each', async () => {
    await save([1, 2, 3], 25);
    await truncate(epochCheckpoint(run, 3), 5000);
    const { checkpoint, skipped } = await latestResumePoint(run, recipe);
    expect(checkpoint?.step).toBe(25);
    expect(skipped.map((e) => e.message)).toEqual([expect.stringContaining('epoch-0003.safetensors is cut short')]);
    await truncate(resumeCheckpoint(run), 5000);
    expect(await stepOf()).toBe(20);
    await truncate(epochCheckpoint(run, 2), 0);
    await truncate(epochCheckpoint(run, 1), 0);
    const none = await latestResumePoint(run, recipe);
    expect(none.checkpoint).toBeUndefined();
    expect(none.skipped).toHaveLength(4);
  });
  it('passes over a checkpoint of another model', async () => {
    await save([1]);
    await writeCheckpoint(epochCheckpoint(run, 2), checkpointAt(20, { ...recipe, width: 2 }));
    const { checkpoint, skipped } = await latestResumePoint(run, recipe);
    expect(checkpoint?.step).toBe(10);
    expect(skipped[0]?.message).toContain("its width is 2, the run's is 1");
  });
});
