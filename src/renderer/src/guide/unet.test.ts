import { expect, it } from 'vitest';
import { unetBlocks, unetParameters } from './unet.ts';

it('counts the parameters that PyTorch counts', () => {
  expect(unetParameters(128, 'none')).toBe(7_891_073);
  expect(unetParameters(64, 'time')).toBe(1_996_417);
  expect(unetParameters(64, 'class')).toBe(2_019_201);
  expect(unetParameters(64, 'class', 'improved')).toBe(2_138_305);
});
it('joins its blocks: each takes what the ones before it and the skips give', () => {
  const channels = (text: string) => Number(text.split('×')[0]);
  const side = (text: string) => text.split('×')[1];
  const [init, down1, down2, flatten, unflatten, up1, up2, out] = unetBlocks(8, 'none');
  expect(channels(up1!.from)).toBe(channels(unflatten!.to) + channels(down2!.to));
  expect(channels(up2!.from)).toBe(channels(up1!.to) + channels(down1!.to));
  expect(channels(out!.from)).toBe(channels(up2!.to) + channels(init!.to));
  expect([down1!.from, down2!.from, flatten!.from, unflatten!.from]).toEqual([init!.to, down1!.to, down2!.to, flatten!.to]);
  expect([up1!.from, up2!.from, out!.from].map(side)).toEqual([down2!.to, down1!.to, init!.to].map(side));
});
it('is told time and class between its blocks, at the shapes that are there', () => {
  for (const conditioning of ['time', 'class'] as const) {
    const blocks = unetBlocks(8, conditioning);
    expect(blocks.map((block) => block.id)).toEqual([
      'init',
      'down1',
      'down2',
      'flatten',
      'unflatten',
      'condition1',
      'up1',
      'condition2',
      'up2',
      'out',
    ]);
    for (const [i, block] of blocks.entries())
      if (block.id.startsWith('condition')) expect([block.from, block.to]).toEqual([blocks[i - 1]!.to, blocks[i - 1]!.to]);
  }
});
