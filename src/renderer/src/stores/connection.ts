import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { LinkState } from '../websocket-link.ts';

/** Whether the studio can be reached. The preload's bridge always can; a browser's WebSocket may be lost and come back. */
export const useConnection = defineStore('connection', () => {
  const state = shallowRef<LinkState>({ status: 'open' });
  /** tries again at once */
  const retry = shallowRef<() => void>(() => undefined);
  return { state, retry };
});
