import { defineStore } from 'pinia';
import { onScopeDispose } from 'vue';
import { useStudio } from '../client.ts';
import { byEpoch } from './by-epoch.ts';

/** Test digits that have been looked at: some hundred kilobytes an epoch, so only so many are kept. */
const KEPT = 120;

/** The test digits of runs after their epochs, fetched when they are first looked at. */
export const useSamples = defineStore('samples', () => {
  const studio = useStudio();
  const { stateOf, want, drop } = byEpoch(KEPT, (id, epoch) => studio.call('runs.samples', { id, epoch }));
  onScopeDispose(studio.on('run.removed', ({ id }) => drop(id)));
  onScopeDispose(studio.on('run.cut', ({ id }) => drop(id)));
  return { stateOf, want };
});
