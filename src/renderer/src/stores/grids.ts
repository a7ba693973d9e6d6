import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import { useStudio } from '../client.ts';
import { digitAt } from '../pixels.ts';
import { byEpoch, dropRun, keyOf, letGo } from './by-epoch.ts';

/** Grids with their way from noise: a megabyte or two each, so only so many are kept. */
const KEPT = 40;
/** Single digits of them, three kilobytes each: more than a window has room for. */
const KEPT_DIGITS = 2000;

/** The grids of samples that runs keep of their epochs, fetched when they are first looked at. */
export const useGrids = defineStore('grids', () => {
  const studio = useStudio();
  const grids = byEpoch(KEPT, (id, epoch) => studio.call('runs.grid', { id, epoch }));
  const { stateOf, want } = grids;
  const digits = shallowReactive(new Map<string, Float32Array | undefined>());

  /** One digit of an epoch's grid, for a picture of the run. Reactive; does not fetch. */
  const digitOf = (id: string, epoch: number): Float32Array | undefined => digits.get(keyOf(id, epoch));
  /** Whether it was fetched, or tried to. Reactive. */
  const hasDigit = (id: string, epoch: number): boolean => digits.has(keyOf(id, epoch));
  /** Fetches the grid for one digit of it, and lets the rest go. */
  async function wantDigit(id: string, epoch: number, digit: number): Promise<void> {
    const key = keyOf(id, epoch);
    if (digits.has(key)) return;
    const known = stateOf(id, epoch);
    digits.set(key, undefined);
    try {
      const { images } = known?.status === 'ready' ? known.value : await studio.call('runs.grid', { id, epoch });
      if (digits.has(key)) digits.set(key, digitAt(images, digit).slice());
    } catch {
      // a picture that is missing stays noise; where the grid itself is shown, it says why
    }
    letGo(digits, KEPT_DIGITS);
  }
  function drop(id: string): void {
    grids.drop(id);
    dropRun(digits, id);
  }
  onScopeDispose(studio.on('run.removed', ({ id }) => drop(id)));
  onScopeDispose(studio.on('run.cut', ({ id }) => drop(id)));
  return { stateOf, want, digitOf, hasDigit, wantDigit };
});
