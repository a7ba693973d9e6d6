import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { oneHot } from '../diffusion/guidance.ts';
import type { Tensors } from '../executors/executor.ts';
import { openExecutor } from '../executors/registry.ts';
import { initialState } from '../model/initial-state.ts';
import { guidedProgram, inferenceProgram, tappedProgram } from '../model/programs.ts';
import type { BlockName } from '../model/taps.ts';
import type { UnetSpec } from '../model/unet.ts';
import { normals, uniforms } from '../random/draws.ts';
import { relativeError } from '../verification/compare.ts';
import { openInspector, type FeatureMaps } from './inspector.ts';
import { openPredictor } from './predictor.ts';

const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';
const devices = ['reference', 'onnx-cpu', ...(engineFolder === '' ? [] : ['tensorflow-cpu'])];
const open = (device: string) => openExecutor(device, { threads: 1, engineFolder, precision: 'float32' });

const D = 3;
const assigned: UnetSpec = { conditioning: 'class', width: D };
const improved: UnetSpec = { conditioning: 'class', width: D, model: 'improved' };

/** A state whose BatchNorms all do something. */
function trainedState(spec: UnetSpec): Tensors {
  const state = initialState(spec, 4);
  for (const [i, [name, data]] of Object.entries(state).entries())
    if (name.includes('.bn.')) {
      const draws = uniforms(new Float64Array(data.length), { seed: 9, stream: 'test', step: i });
      // variances and scales are positive, means and shifts about 0
      const from = /running_var|weight/.test(name) ? 0.5 : -0.5;
      draws.forEach((u, at) => (data[at] = from + u));
    }
  return state;
}
const x = normals(new Float32Array(784), { seed: 1, stream: 'samples', step: 0 });
const t = Float32Array.of(0.3);
const c = oneHot([7]);

/* The assignment's words once more, in plain loops over the state dict, apart from graph, lowering and folding. */
/** erf by its series, which converges everywhere (Abramowitz & Stegun 1964, 7.1.5) */
function erf(v: number): number {
  let [term, sum] = [v, v];
  for (let n = 1; n < 200; n++) {
    term *= -(v * v) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
const gelu = (v: number): number => (v * (1 + erf(v / Math.SQRT2))) / 2;

/** Conv2d(3, stride 1, pad 1), BatchNorm by its running statistics, GELU: ci maps of side × side → co maps */
function plainConv(state: Tensors, name: string, from: Float64Array, ci: number, co: number, side: number): Float64Array {
  const of = (part: string): Float32Array => state[`${name}.${part}`]!;
  const out = new Float64Array(co * side * side);
  for (let o = 0; o < co; o++)
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        let sum = of('conv.bias')[o]!;
        for (let i = 0; i < ci; i++)
          for (let ky = 0; ky < 3; ky++)
            for (let kx = 0; kx < 3; kx++) {
              const [y, at] = [row + ky - 1, column + kx - 1];
              if (y < 0 || at < 0 || y >= side || at >= side) continue;
              sum += of('conv.weight')[((o * ci + i) * 3 + ky) * 3 + kx]! * from[(i * side + y) * side + at]!;
            }
        const normal = (sum - of('bn.running_mean')[o]!) / Math.sqrt(of('bn.running_var')[o]! + 1e-5);
        out[(o * side + row) * side + column] = gelu(normal * of('bn.weight')[o]! + of('bn.bias')[o]!);
      }
  return out;
}
/** Linear: x wᵀ + b */
function plainLinear(state: Tensors, name: string, from: ArrayLike<number>): Float64Array {
  const [weight, bias] = [state[`${name}.weight`]!, state[`${name}.bias`]!];
  const { length } = from;
  return Float64Array.from(bias, (b, o) => {
    let sum = b;
    for (let i = 0; i < length; i++) sum += weight[o * length + i]! * from[i]!;
    return sum;
  });
}
const plainFCBlock = (state: Tensors, name: string, from: ArrayLike<number>): Float64Array =>
  plainLinear(state, `${name}.fc2`, plainLinear(state, `${name}.fc1`, from).map(gelu));

async function inspect(device: string, spec: UnetSpec, state: Tensors): Promise<Map<BlockName, FeatureMaps>> {
  const inspector = await openInspector(await open(device), spec, state);
  const maps = await inspector.inspect(
    x,
    spec.conditioning === 'none' ? undefined : t,
    spec.conditioning === 'class' ? c : undefined,
  );
  await inspector.dispose();
  return new Map(maps.map((m) => [m.block, m]));
}

describe.each(devices)('a network that is looked into on %s', { timeout: 60_000 }, (device) => {
  // at 16 channels ONNX Runtime has its convolutions in blocks of channels
  it.each([assigned, improved, { ...assigned, conditioning: 'none' as const }, { ...assigned, width: 16 }])(
    'gives at its last block the very bits that it gives unobserved: %o',
    async (spec) => {
      const state = trainedState(spec);
      const blocks = await inspect(device, spec, state);
      const predictor = await openPredictor(await open(device), spec, state, 1);
      const answer = await predictor.predict(
        x,
        spec.conditioning === 'none' ? undefined : t,
        spec.conditioning === 'class' ? c : undefined,
      );
      await predictor.dispose();
      expect(blocks.get('out')!.values).toEqual(answer);
    },
  );

  it('gives at its first block what plain loops over the weights give', async () => {
    const [state, other] = [trainedState(assigned), trainedState(improved)];
    const image = Float64Array.from(x);
    const first = plainConv(state, 'init_block.conv1', image, 1, D, 28);
    const expected = plainConv(state, 'init_block.conv2', first, D, D, 28);
    const { channels, side, values } = (await inspect(device, assigned, state)).get('init')!;
    expect([channels, side]).toEqual([D, 28]);
    expect(relativeError(values, expected)).toBeLessThan(1e-5);
    const ofImproved = (await inspect(device, improved, other)).get('init')!;
    expect(relativeError(ofImproved.values, plainConv(other, 'init', image, 1, D, 28))).toBeLessThan(1e-5);
  });

  it('gives in the middle what follows from the block before: a mean, and what it is told', async () => {
    const state = trainedState(assigned);
    const blocks = await inspect(device, assigned, state);
    const of = (block: BlockName): Float32Array => blocks.get(block)!.values;
    const means = Array.from({ length: 2 * D }, (_, i) =>
      gelu(
        of('down2')
          .subarray(49 * i, 49 * (i + 1))
          .reduce((a, b) => a + b) / 49,
      ),
    );
    expect(relativeError(of('flatten'), means)).toBeLessThan(1e-5);
    for (const [stage, before, size] of [
      [1, 'unflatten', 49],
      [2, 'up1', 196],
    ] as const) {
      const [scale, shift] = [plainFCBlock(state, `fc${stage}_c`, c), plainFCBlock(state, `fc${stage}_t`, t)];
      const told = of(before).map((v, i) => scale[Math.floor(i / size)]! * v + shift[Math.floor(i / size)]!);
      expect(relativeError(of(`condition${stage}`), told), before).toBeLessThan(1e-5);
    }
  });

  it('gives of the improved one the vector that it is told', async () => {
    const state = trainedState(improved);
    const class7 = plainLinear(state, 'condition.class', c);
    const sum = plainLinear(state, 'condition.time', t).map((v, i) => gelu(v + class7[i]!));
    const expected = plainLinear(state, 'condition.hidden', sum).map(gelu);
    const { channels, side, values } = (await inspect(device, improved, state)).get('told')!;
    expect([channels, side]).toEqual([2 * D, 1]);
    expect(relativeError(values, expected)).toBeLessThan(1e-5);
  });
});

describe('the program that is looked into', () => {
  it.each([assigned, improved])('is the one that samples, node by node, with more that comes out: %o', (spec) => {
    const ops = (program: { nodes: readonly { op: string; attributes: object }[] }) =>
      program.nodes.map(({ op, attributes }) => [op, attributes]);
    expect(ops(tappedProgram(spec, 1))).toEqual(ops(inferenceProgram(spec, 1)));
    expect(Object.keys(inferenceProgram(spec, 1).outputs)).toEqual(['output']);
    expect(Object.keys(guidedProgram(spec, 1).outputs)).toEqual(['output']);
  });

  it('has by conditioning the blocks of the figure, each of its shape', () => {
    const shapes = (spec: UnetSpec) =>
      Object.fromEntries(
        Object.entries(tappedProgram(spec, 1).outputs).map(([block, { shape }]) => [block, shape.slice(1).join('×')]),
      );
    const plain = {
      init: '3×28×28',
      down1: '3×14×14',
      down2: '6×7×7',
      flatten: '6×1×1',
      unflatten: '6×7×7',
      up1: '3×14×14',
      up2: '3×28×28',
      out: '1×28×28',
    };
    expect(shapes({ ...assigned, conditioning: 'none' })).toEqual(plain);
    const told = { ...plain, condition1: '6×7×7', condition2: '3×14×14' };
    expect(shapes({ ...assigned, conditioning: 'time' })).toEqual(told);
    expect(shapes(assigned)).toEqual(told);
    const ofImproved = {
      init: '3×28×28',
      down1: '6×14×14',
      down2: '6×7×7',
      bottom: '6×7×7',
      up1: '6×14×14',
      up2: '3×28×28',
      out: '1×28×28',
    };
    expect(shapes({ ...improved, conditioning: 'none' })).toEqual(ofImproved);
    expect(shapes(improved)).toEqual({
      ...ofImproved,
      told: '6',
      toldDown1: '6×14×14',
      toldDown2: '6×7×7',
      toldBottom: '6×7×7',
      toldUp2: '6×14×14',
    });
  });
});
