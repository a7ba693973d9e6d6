import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { Grid } from '#contract/sampling.ts';
import { useStudio } from '../client.ts';
import { digitAt } from '../pixels.ts';

export type GridState = { status: 'loading' } | { status: 'ready'; grid: Grid } | { status: 'failed'; error: ErrorInfo };

/** Grids with their way from noise: a megabyte or two each, so only so many are kept. */
const KEPT = 40;
/** Single digits of them, three kilobytes each: more than a window has room for. */
const KEPT_DIGITS = 2000;

/** The grids of samples that runs keep of their epochs, fetched when they are first looked at. */
export const useGrids = defineStore('grids', () => {
  const studio = useStudio();
  const states = shallowReactive(new Map<string, GridState>());
  const digits = shallowReactive(new Map<string, Float32Array | undefined>());
  const keyOf = (id: string, epoch: number) => `${id}/${epoch}`;

  async function fetch(id: string, epoch: number): Promise<void> {
    const key = keyOf(id, epoch);
    const loading: GridState = { status: 'loading' };
    states.set(key, loading);
    let state: GridState;
    try {
      state = { status: 'ready', grid: await studio.call('runs.grid', { id, epoch }) };
    } catch (error) {
      state = { status: 'failed', error: toErrorInfo(error) };
    }
    // gone meanwhile: the run was removed or cut back
    if (states.get(key) !== loading) return;
    states.set(key, state);
    for (const old of states.keys()) {
      if (states.size <= KEPT) break;
      states.delete(old);
    }
  }
  /** What is known of an epoch's grid now. Reactive; does not fetch. */
  const stateOf = (id: string, epoch: number): GridState | undefined => states.get(keyOf(id, epoch));
  /** Fetches an epoch's grid unless that was tried already. */
  function want(id: string, epoch: number): void {
    if (stateOf(id, epoch) === undefined) void fetch(id, epoch);
  }
  /** One digit of an epoch's grid, for a picture of the run. Reactive; does not fetch. */
  const digitOf = (id: string, epoch: number): Float32Array | undefined => digits.get(keyOf(id, epoch));
  /** Fetches the grid for one digit of it, and lets the rest go. */
  async function wantDigit(id: string, epoch: number, digit: number): Promise<void> {
    const key = keyOf(id, epoch);
    if (digits.has(key)) return;
    const known = states.get(key);
    digits.set(key, undefined);
    try {
      const { images } = known?.status === 'ready' ? known.grid : await studio.call('runs.grid', { id, epoch });
      if (digits.has(key)) digits.set(key, digitAt(images, digit).slice());
    } catch {
      // a picture that is missing stays noise; where the grid itself is shown, it says why
    }
    for (const old of digits.keys()) {
      if (digits.size <= KEPT_DIGITS) break;
      digits.delete(old);
    }
  }
  function drop(id: string): void {
    for (const map of [states, digits]) for (const key of [...map.keys()]) if (key.startsWith(`${id}/`)) map.delete(key);
  }
  onScopeDispose(studio.on('run.removed', ({ id }) => drop(id)));
  onScopeDispose(studio.on('run.cut', ({ id }) => drop(id)));
  return { stateOf, want, digitOf, wantDigit };
});
