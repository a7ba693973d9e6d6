import { describe, expect, it } from 'vitest';
import { scriptedRun } from '../scripted-run.ts';
import { epochsInWords } from './epochs-in-words.ts';
import { parseTags, tagsOf } from './tags.ts';

describe('epochs in words', () => {
  it('name each, and spans by their ends', () => {
    expect([[3], [1, 2], [1, 2, 3, 4], [1, 2, 3, 6, 8]].map(epochsInWords)).toEqual([
      'epoch 3',
      'epochs 1 and 2',
      'epochs 1 to 4',
      'epochs 1 to 3, 6 and 8',
    ]);
  });
});

describe('tags', () => {
  it('are read off a line, each once and trimmed', () => {
    expect(parseTags(' hand-in,  what   if ,, hand-in,')).toEqual(['hand-in', 'what if']);
    expect(parseTags('x'.repeat(50))[0]).toHaveLength(40);
    expect(parseTags(Array.from({ length: 30 }, (_, i) => i).join())).toHaveLength(20);
  });
  it('are offered by how often they are used', () => {
    const runs = [['a', 'b'], ['b'], ['c', 'b', 'a']].map((tags, i) => scriptedRun(String(i), { tags }));
    expect(tagsOf(runs)).toEqual(['b', 'a', 'c']);
  });
});
