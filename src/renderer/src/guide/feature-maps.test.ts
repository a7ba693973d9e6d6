import { describe, expect, it } from 'vitest';
import type { BlockMaps, ChannelMaps } from '#contract/inspection.ts';
import { coloursReach, greysOf, liveliest, mapPixels, mapValues, sheetLayout, sheetPixels } from './feature-maps.ts';

/** Maps of 2 × 2 with the given ends, each byte by byte. */
const maps = (ends: [number, number][], bytes: number[], side = 2): ChannelMaps => ({
  side,
  low: Float32Array.from(ends, ([low]) => low),
  high: Float32Array.from(ends, ([, high]) => high),
  bytes: Uint8Array.from(bytes),
});
const three = maps(
  [
    [0, 51],
    [-1, -1],
    [-10, 10],
  ],
  [0, 5, 10, 255, 0, 0, 0, 0, 0, 255, 0, 255],
);
const block = (of: ChannelMaps, means: number[], deviations: number[]): BlockMaps => ({
  block: 'down1',
  channels: of.low.length,
  maps: of,
  means: Float32Array.from(means),
  deviations: Float32Array.from(deviations),
  low: Math.min(...of.low),
  high: Math.max(...of.high),
  mean: 0,
  deviation: 0,
  closed: 0,
  off: 0,
});
const colours = { line: [1, 1, 1], ground: [100, 100, 100], minus: [0, 0, 255], plus: [255, 0, 0] } as const;
const greys = (pixels: Uint8ClampedArray) => Array.from(pixels).filter((_, i) => i % 4 === 0);

describe('a feature map', () => {
  it('has the values that its bytes stand for', () => {
    expect([...mapValues(three, 0)]).toEqual([0, 1, 2, 51].map((v) => expect.closeTo(v, 5) as number));
    expect([...mapValues(three, 1)]).toEqual([-1, -1, -1, -1]);
  });

  it('is black to white over its own range, or over its block’s', () => {
    const of = block(three, [0, 0, 0], [1, 0, 2]);
    expect(greysOf(of, 0, 'own')).toEqual([0, 51]);
    expect(greysOf(of, 0, 'one')).toEqual([-10, 51]);
    // one that is the same all over has no range of its own
    expect(greysOf(of, 1, 'own')).toEqual([-10, 51]);
    expect(greys(mapPixels({ maps: three, range: (i) => greysOf(of, i, 'own') }, 0))).toEqual([0, 5, 10, 255]);
    expect(greys(mapPixels({ maps: three, range: (i) => greysOf(of, i, 'one') }, 1))).toEqual([38, 38, 38, 38]);
  });

  it('of a change is coloured by its sign, as strongly as it is far from nothing', () => {
    expect([0, 1, 2].map((i) => coloursReach(three, i, 'own'))).toEqual([
      [-51, 51],
      [-1, 1],
      [-10, 10],
    ]);
    expect(coloursReach(three, 1, 'one')).toEqual([-51, 51]);
    expect(coloursReach(maps([[0, 0]], [0, 0, 0, 0]), 0, 'own')).toEqual([-1, 1]);
    const pixels = mapPixels({ maps: three, range: () => [-20, 20], colours }, 2);
    expect([...pixels.subarray(0, 8)]).toEqual([50, 50, 178, 255, 178, 50, 50, 255]);
    expect([...mapPixels({ maps: maps([[0, 0]], [0, 0, 0, 0]), range: () => [-1, 1], colours }, 0).subarray(0, 3)]).toEqual([
      100, 100, 100,
    ]);
  });

  it('that varies most goes in front; of a vector, the largest number', () => {
    expect(liveliest(block(three, [5, 0, 0], [1, 0, 2]))).toBe(2);
    const vector = maps([[1, 1], [3, 3], [2, 2]] as [number, number][], [0, 0, 0], 1); // prettier-ignore
    expect(liveliest(block(vector, [1, 3, 2], [0, 0, 0]))).toBe(1);
  });
});

describe('a sheet of maps', () => {
  it('has a place of 28 pixels for each map, whatever its size, with nothing between two', () => {
    const of = block(three, [0, 0, 0], [1, 0, 2]);
    const { pixels, width, height } = sheetPixels({ maps: three, range: (i) => greysOf(of, i, 'own') }, 2);
    expect([width, height]).toEqual([57, 57]);
    const at = (x: number, y: number) => [...pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
    expect([at(0, 0), at(14, 0), at(13, 14), at(27, 27)].map(([grey]) => grey)).toEqual([0, 5, 10, 255]);
    expect(at(28, 5)).toEqual([0, 0, 0, 0]);
    // the third begins a row; beside it there is none
    expect([at(0, 29)[0], at(27, 29)[0], at(40, 40)[3]]).toEqual([0, 255, 0]);
    const changes = sheetPixels({ maps: three, range: (i) => coloursReach(three, i, 'own'), colours }, 2);
    const changed = (x: number, y: number) => changes.pixels[4 * (y * width + x)];
    expect([changed(28, 5), changed(5, 28), changed(40, 40)]).toEqual([1, 1, 0]);
  });

  it('is as large as fits the height, and never larger than the width', () => {
    expect(sheetLayout(32, 600, 352, [1, 2])).toEqual({ columns: 10, scale: 2 });
    expect(sheetLayout(64, 460, 352, [1, 2])).toEqual({ columns: 15, scale: 1 });
    expect(sheetLayout(4, 1000, 352, [1, 2, 3])).toEqual({ columns: 4, scale: 3 });
    expect(sheetLayout(64, 10, 352, [1, 2])).toEqual({ columns: 1, scale: 1 });
  });
});
