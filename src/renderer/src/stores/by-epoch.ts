import { shallowReactive } from 'vue';
import { toErrorInfo, type ErrorInfo } from '#contract/error.ts';

export type EpochState<T> = { status: 'loading' } | { status: 'ready'; value: T } | { status: 'failed'; error: ErrorInfo };

/** What runs keep of their epochs, fetched when it is first looked at. The newest `kept` stay, the others are let go. */
export function byEpoch<T>(kept: number, request: (id: string, epoch: number) => Promise<T>) {
  const states = shallowReactive(new Map<string, EpochState<T>>());

  async function fetch(id: string, epoch: number): Promise<void> {
    const key = keyOf(id, epoch);
    const loading: EpochState<T> = { status: 'loading' };
    states.set(key, loading);
    let state: EpochState<T>;
    try {
      state = { status: 'ready', value: await request(id, epoch) };
    } catch (error) {
      state = { status: 'failed', error: toErrorInfo(error) };
    }
    // gone meanwhile: the run was removed or cut back
    if (states.get(key) !== loading) return;
    states.set(key, state);
    letGo(states, kept);
  }
  /** What is known of an epoch now. Reactive; does not fetch. */
  const stateOf = (id: string, epoch: number): EpochState<T> | undefined => states.get(keyOf(id, epoch));
  /** Fetches an epoch unless that was tried already. */
  function want(id: string, epoch: number): void {
    if (stateOf(id, epoch) === undefined) void fetch(id, epoch);
  }
  const drop = (id: string): void => dropRun(states, id);
  return { stateOf, want, drop };
}

export const keyOf = (id: string, epoch: number): string => `${id}/${epoch}`;

/** Lets the oldest go, until so many are left. */
export function letGo<K>(map: Map<K, unknown>, kept: number): void {
  for (const old of map.keys()) {
    if (map.size <= kept) break;
    map.delete(old);
  }
}

/** Lets all epochs of a run go. */
export function dropRun(map: Map<string, unknown>, id: string): void {
  for (const key of [...map.keys()]) if (key.startsWith(`${id}/`)) map.delete(key);
}
