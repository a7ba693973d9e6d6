import { describe, expect, it } from 'vitest';
import { blockMapsSchema } from '#contract/inspection.ts';
import type { FeatureMaps } from '#engine/training/inspector.ts';
import { blockMaps } from './inspection.ts';

const maps = (values: number[], side = 2): FeatureMaps => ({
  block: 'down1',
  channels: values.length / side ** 2,
  side,
  values: Float32Array.from(values),
});
/** A byte's value, as the contract has it. */
const restored = ({ low, high, bytes, side }: ReturnType<typeof blockMaps>['maps']): number[] =>
  Array.from(bytes, (b, at) => {
    const i = Math.floor(at / side ** 2);
    return low[i]! + ((high[i]! - low[i]!) * b) / 255;
  });

describe('what is told of a block', () => {
  it('gives each map in bytes of its own range, near enough to its values', () => {
    const values = [0, 1, 2, 10, -0.17, -0.17, -0.17, -0.17, -1, 1, -1, 0.004];
    const told = blockMaps(maps(values));
    expect([...told.maps.low].map((v) => Number(v.toFixed(3)))).toEqual([0, -0.17, -1]);
    expect([...told.maps.high].map((v) => Number(v.toFixed(3)))).toEqual([10, -0.17, 1]);
    restored(told.maps).forEach((v, at) => expect(Math.abs(v - values[at]!)).toBeLessThanOrEqual(10 / 510 + 1e-6));
    expect([...told.maps.bytes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect(blockMapsSchema.safeParse(told).success).toBe(true);
  });

  it('reads range, mean, deviation, what is closed and which channels are off', () => {
    const { low, high, mean, deviation, closed, off, means, deviations } = blockMaps(maps([1, 3, 1, 3, -1, 0, -1, 0]));
    expect([low, high, mean]).toEqual([-1, 3, 0.75]);
    expect(deviation).toBeCloseTo(Math.sqrt((2 * 0.0625 + 2 * 5.0625 + 2 * 3.0625 + 2 * 0.5625) / 8), 6);
    expect([closed, off]).toEqual([0.5, 1]);
    expect([[...means], [...deviations]]).toEqual([
      [2, -0.5],
      [1, 0.5],
    ]);
  });

  it('sends the first 64 maps, and reads all', () => {
    const told = blockMaps(
      maps(
        Array.from({ length: 70 }, (_, i) => i),
        1,
      ),
    );
    expect([told.channels, told.maps.low.length, told.maps.bytes.length, told.high]).toEqual([70, 64, 64, 69]);
  });

  it('tells what another telling changes, and how much of it all that is', () => {
    const { change } = blockMaps(maps([3, 4, 0, 0]), maps([3, 0, 0, 3]));
    expect(restored(change!.maps).map((v) => Math.round(v) + 0)).toEqual([0, 4, 0, -3]);
    expect(change!.share).toBeCloseTo(1, 6);
    expect(blockMaps(maps([3, 4, 0, 0]), maps([3, 4, 0, 0])).change!.share).toBe(0);
    expect(blockMaps(maps([0, 0, 0, 0]), maps([0, 2, 0, 0])).change!.share).toBe(2);
  });

  it('refuses what is no number, by the name of the block', () => {
    expect(() => blockMaps(maps([0, NaN, 0, 0]))).toThrow('block down1 gives values that are no numbers');
    expect(() => blockMaps(maps([0, 0, 0, 0]), maps([0, Infinity, 0, 0]))).toThrow('no numbers');
  });
});
