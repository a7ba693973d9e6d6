import { describe, expect, it } from 'vitest';
import { initialState, numberOf } from './initial-state.ts';
import { stateShapes } from './unet.ts';

const spec = { conditioning: 'class', width: 8 } as const;

describe('the initial state', () => {
  const state = initialState(spec, 180);

  it.each([
    ['init_block.conv1.conv.weight', 1 * 9],
    ['down2.block.conv1.conv.weight', 16 * 9],
    ['up1.up.conv.weight', 8 * 16], // a transposed conv's fan_in is out · kh · kw
    ['unflatten.conv.weight', 16 * 49],
    ['fc1_c.fc1.weight', 10],
    ['fc1_c.fc1.bias', 10],
    ['fc2_t.fc2.weight', 8],
    ['out_conv.weight', 8 * 9],
  ])('%s is uniform in ±1/√%i', (name, fanIn) => {
    const values = state[name]!;
    const bound = 1 / Math.sqrt(fanIn);
    expect(values.every((v) => Math.abs(v) <= bound)).toBe(true);
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    // a uniform number's square has mean b²/3 and variance 4b⁴/45
    expect(Math.abs(variance / bound ** 2 - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / values.length));
  });

  it('has the biases before a BatchNorm at 0, and the BatchNorms as PyTorch makes them', () => {
    expect([...new Set(state['up1.up.conv.bias'])]).toEqual([0]);
    expect([...new Set(state['up1.up.bn.weight'])]).toEqual([1]);
    expect([...new Set(state['up1.up.bn.bias'])]).toEqual([0]);
    expect([...new Set(state['up1.up.bn.running_mean'])]).toEqual([0]);
    expect([...new Set(state['up1.up.bn.running_var'])]).toEqual([1]);
    expect(state['out_conv.bias']![0]).not.toBe(0);
  });

  it('follows from the seed, and equal layers start equal in every conditioning', () => {
    expect(initialState(spec, 180)).toEqual(state);
    expect(initialState(spec, 181)['out_conv.weight']).not.toEqual(state['out_conv.weight']);
    expect(initialState({ ...spec, conditioning: 'none' }, 180)['up2.up.conv.weight']).toEqual(state['up2.up.conv.weight']);
  });

  it('draws each parameter from numbers of its own', () => {
    const names = [...stateShapes(spec).keys()];
    expect(new Set(names.map(numberOf)).size).toBe(names.length);
  });
});
