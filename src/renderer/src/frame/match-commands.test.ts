import { describe, expect, it } from 'vitest';
import { matchCommands } from './match-commands.ts';

const commands = [
  { id: 'guide', label: 'Guide' },
  { id: 'runs', label: 'Runs' },
  { id: 'theme', label: 'Dark theme', also: 'appearance' },
  { id: 'pause', label: 'Pause Class, D = 32' },
  { id: 'a', label: 'Class, D = 32', detail: 'Part 2, class · training' },
  { id: 'b', label: 'Denoiser', detail: 'Part 1.2 · finished' },
];
const found = (question: string) => matchCommands(commands, question).map(({ id }) => id);

describe('the commands for a question', () => {
  it('are all of them while nothing is asked', () => {
    expect(found('  ')).toEqual(commands.map(({ id }) => id));
  });
  it('hold every word, in any order and case', () => {
    expect(found('32 CLASS')).toEqual(['a', 'pause']);
    expect(found('class 64')).toEqual([]);
  });
  it('come first where the label begins with it, then where a word does, then the rest', () => {
    expect(found('d')).toEqual(['theme', 'b', 'pause', 'a', 'guide']);
    expect(found('run')).toEqual(['runs']);
  });
  it('are found by what stands behind the label too', () => {
    expect(found('finished')).toEqual(['b']);
    expect(found('appear')).toEqual(['theme']);
  });
});
