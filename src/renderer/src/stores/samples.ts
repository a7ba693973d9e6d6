import { defineStore } from 'pinia';
import { onScopeDispose, shallowReactive } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';
import type { CallOutput } from '#contract/studio.ts';
import { useStudio } from '../client.ts';

export type Samples = CallOutput<'runs.samples'>;
export type SampleState = { status: 'loading' } | { status: 'ready'; samples: Samples } | { status: 'failed'; error: ErrorInfo };

/** Test digits that have been looked at: some hundred kilobytes an epoch, so only so many are kept. */
const KEPT = 120;

/** The test digits of runs after their epochs, fetched when they are first looked at. */
export const useSamples = defineStore('samples', () => {
  const studio = useStudio();
  const states = shallowReactive(new Map<string, SampleState>());
  const keyOf = (id: string, epoch: number) => `${id}/${epoch}`;

  async function fetch(id: string, epoch: number): Promise<void> {
    const key = keyOf(id, epoch);
    const loading: SampleState = { status: 'loading' };
    states.set(key, loading);
    let state: SampleState;
    try {
      state = { status: 'ready', samples: await studio.call('runs.samples', { id, epoch }) };
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
  /** What is known of an epoch's digits now. Reactive; does not fetch. */
  const stateOf = (id: string, epoch: number): SampleState | undefined => states.get(keyOf(id, epoch));
  /** Fetches an epoch's digits unless that was tried already. */
  function want(id: string, epoch: number): void {
    if (stateOf(id, epoch) === undefined) void fetch(id, epoch);
  }
  function drop(id: string): void {
    for (const key of [...states.keys()]) if (key.startsWith(`${id}/`)) states.delete(key);
  }
  onScopeDispose(studio.on('run.removed', ({ id }) => drop(id)));
  onScopeDispose(studio.on('run.cut', ({ id }) => drop(id)));
  return { stateOf, want };
});
