import { describe, expect, it } from 'vitest';
import { readSelection, withoutPick, writeSelection, type Selection } from './selection.ts';

const full: Selection = {
  picks: [{ run: 'a' }, { run: 'b', epoch: 3 }, { run: 'c' }],
  epoch: 5,
  view: 'wipe',
  pair: [2, 0],
  seed: 7,
};

describe('a selection', () => {
  it('comes back from its address', () => {
    expect(readSelection(writeSelection(full))).toEqual(full);
    expect(writeSelection(full)).toEqual({ runs: 'a,b@3,c', epoch: '5', view: 'wipe', pair: '2-0', seed: '7' });
  });
  it('has an empty address while it is empty', () => {
    const empty = readSelection({});
    expect(empty).toEqual({ picks: [], epoch: undefined, view: 'side', pair: [0, 1], seed: 0 });
    expect(writeSelection(empty)).toEqual({});
  });
  it('leaves out what can not be', () => {
    const read = readSelection({
      runs: '../etc,a,b@0,b@x,c@2,d,e,f,g,h',
      epoch: '-1',
      view: 'upside-down',
      pair: '0-0',
      seed: '4294967296',
    });
    expect(read).toEqual({
      picks: [{ run: 'a' }, { run: 'c', epoch: 2 }, { run: 'd' }, { run: 'e' }, { run: 'f' }],
      epoch: undefined,
      view: 'side',
      pair: [0, 1],
      seed: 0,
    });
    for (const pair of ['0-9', '1', '0-1-2', 'a-b', '-1-0']) expect(readSelection({ runs: 'a,b', pair }).pair).toEqual([0, 1]);
  });
});

describe('a selection without one of its picks', () => {
  it('keeps its pair on the runs it was on', () => {
    const left = withoutPick(full, 1);
    expect(left.picks.map(({ run }) => run)).toEqual(['a', 'c']);
    expect(left.pair).toEqual([1, 0]);
  });
  it('pairs what is left where one of the pair goes', () => {
    expect(withoutPick(full, 0)).toMatchObject({ picks: [{ run: 'b' }, { run: 'c' }], pair: [1, 0] });
    expect(withoutPick(full, 2)).toMatchObject({ picks: [{ run: 'a' }, { run: 'b' }], pair: [1, 0] });
    expect(withoutPick({ ...full, picks: [{ run: 'a' }, { run: 'b' }], pair: [0, 1] }, 1).pair).toEqual([0, 1]);
  });
});
