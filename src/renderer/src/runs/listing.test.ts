import { describe, expect, it } from 'vitest';
import { scriptedRun } from '../scripted-run.ts';
import { listed, matches, type Listing } from './listing.ts';

const runs = [
  scriptedRun('a', { name: 'Denoiser 10', createdAt: 1, epochs: 5, tags: ['hand-in'], notes: 'too blurry' }),
  scriptedRun('b', { name: 'denoiser 9', createdAt: 2, epochs: 2, state: { status: 'stopped', at: 0 } }),
  scriptedRun('c', { name: 'Later', createdAt: 3, state: { status: 'queued', queuedAt: 20 } }),
  scriptedRun('d', { name: 'Sooner', createdAt: 4, state: { status: 'queued', queuedAt: 10 } }),
  scriptedRun('e', { name: 'Now', createdAt: 0, epochs: 1, state: { status: 'training', startedAt: 0 } }),
];
const sizes = new Map([
  ['a', 300],
  ['b', 100],
  ['e', 200],
]);
const ids = (listing: Partial<Listing>) =>
  listed(runs, { find: '', show: 'all', sort: 'created', descending: true, ...listing }, (id) => sizes.get(id))
    .map(({ id }) => id)
    .join('');

describe('the table of runs', () => {
  it('has what trains first, then the queue in its order, then the newest', () => {
    expect(ids({})).toBe('edcba');
  });
  it('sorts by any column, in both directions, with what is not known last', () => {
    expect(ids({ sort: 'size', descending: true })).toBe('aebdc');
    expect(ids({ sort: 'size', descending: false })).toBe('beadc');
    expect(ids({ sort: 'loss', descending: false })).toBe('abedc');
    expect(ids({ sort: 'name', descending: false }).slice(0, 2)).toBe('ba');
    expect(ids({ sort: 'status', descending: false })).toBe('edcba');
  });
  it('shows what is active, or what has ended', () => {
    expect(ids({ show: 'active' })).toBe('edc');
    expect(ids({ show: 'finished' })).toBe('ba');
  });
  it('finds runs by words in their names, tags, notes, status and recipe', () => {
    expect(ids({ find: 'DENOISER' })).toBe('ba');
    expect(ids({ find: 'hand-in blurry' })).toBe('a');
    expect(ids({ find: 'queued' })).toBe('dc');
    expect(matches(runs[0]!, 'part 1.2 assigned')).toBe(true);
    expect(matches(runs[0]!, 'denoiser flow')).toBe(false);
  });
});
