import { describe, expect, it } from 'vitest';
import { layoutUNet } from './unet-layout.ts';
import { unetBlocks } from './unet.ts';

/** where a path starts and its last coordinate */
const ends = (path: string) => {
  const numbers = path.match(/-?\d+(\.\d+)?/g)!.map(Number);
  return { x: numbers[0]!, y: numbers[1]!, last: numbers.at(-1)! };
};

describe.each([1, 1.25, 1.5, 2])('the layout of the UNet at %d device pixels for a CSS pixel', (ratio) => {
  // the figure's column from the narrowest window to 4K
  const widths = [596, 640, 740, 741, 780, 840, 1000, 1120, 1121, 1400, 1501, 1864, 3096];

  it.each(widths)('has room for every arrow in %d pixels', (width) => {
    const { wires, skips, vector } = layoutUNet(width, 128, ratio);
    for (const skip of skips) expect(ends(skip.path).last - ends(skip.path).x).toBeGreaterThan(8);
    const wire = new Map(wires.map((w) => [w.id, ends(w.path)]));
    for (const id of ['init', 'down1', 'down2', 'flatten', 'out'] as const)
      expect(wire.get(id)!.last - wire.get(id)!.x, id).toBeGreaterThan(8);
    // up: the last coordinate is a height
    for (const id of ['unflatten', 'up1', 'up2'] as const) expect(wire.get(id)!.y - wire.get(id)!.last, id).toBeGreaterThan(8);
    expect(wire.get('flatten')!.last).toBeLessThan(vector!.x);
    expect(wire.get('unflatten')!.x).toBeGreaterThan(vector!.x + vector!.width);
  });

  it.each(widths)('has room for every arrow of the improved one in %d pixels, and a place for all that is told', (width) => {
    const { wires, conditions, height } = layoutUNet(width, 128, ratio, 'improved');
    const blocks = unetBlocks(128, 'class', 'improved').map(({ id }) => id);
    expect([...wires, ...conditions].map(({ id }) => id).sort()).toEqual(blocks.sort());
    const bottom = ends(wires.find(({ id }) => id === 'bottom')!.path);
    expect(bottom.last - bottom.x).toBeGreaterThan(8);
    for (const { x, y } of conditions) expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
  });

  it.each(widths)('stays inside %d pixels, input at one edge and output at the other', (width) => {
    const { stacks, output, unit } = layoutUNet(width, 128, ratio);
    expect(Math.abs(output.x + 28 * unit - width)).toBeLessThan(1);
    for (const s of stacks) expect(s.x + s.side + s.behind * s.offset).toBeLessThan(output.x);
    const [init, , , , , up2] = stacks;
    expect(init!.x + init!.side + init!.behind * init!.offset).toBeLessThan(up2!.x);
  });
});
