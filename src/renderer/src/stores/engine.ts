import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowRef } from 'vue';
import type { EngineKind, EngineState } from '#contract/engine.ts';
import { useStudio } from '../client.ts';
import { useNotices } from './notices.ts';
import { useSettings } from './settings.ts';

/** TensorFlow's installation, as the studio last told it. */
export const useEngine = defineStore('engine', () => {
  const studio = useStudio();
  const settings = useSettings();
  const notices = useNotices();
  const state = shallowRef<EngineState>();

  const load = async (): Promise<void> => take(await studio.call('engines.list'));
  function take(next: EngineState): void {
    const before = state.value;
    state.value = next;
    if (before === undefined || before.installed?.folder === next.installed?.folder) return;
    if (next.installed !== undefined)
      notices.show({
        tone: 'ok',
        title: `TensorFlow ${next.installed.version} is installed`,
        text: 'New runs on Auto are trained with it. A run that has begun stays on its device.',
      });
    // what was there, or was missing, isn't any more
    if (settings.devices !== undefined) void notices.attempt(settings.loadDevices());
  }
  onScopeDispose(studio.on('engines.changed', take));

  const install = async (kind: EngineKind): Promise<void> => take(await studio.call('engines.install', { kind }));
  const cancel = async (): Promise<void> => take(await studio.call('engines.cancel'));
  const remove = async (): Promise<void> => take(await studio.call('engines.remove'));

  const work = computed((): EngineState['work'] => state.value?.work ?? { status: 'none' });
  return { state, work, load, install, cancel, remove };
});
