import { defineStore } from 'pinia';
import { computed, onScopeDispose, ref, shallowReactive, shallowRef, watch } from 'vue';
import { defaultSettings, type Settings } from '#contract/settings.ts';
import type { CallOutput, DeviceInfo } from '#contract/studio.ts';
import { useStudio } from '../client.ts';
import { processor } from '../format.ts';
import { showTheme } from '../theme.ts';

/** The settings file, what the studio says about itself, and its devices. */
export const useSettings = defineStore('settings', () => {
  const studio = useStudio();
  const settings = shallowRef<Settings>(defaultSettings);
  const info = shallowRef<CallOutput<'app.info'>>();
  /** all of them, once each is known */
  const devices = shallowRef<DeviceInfo[]>();
  /** those that the list on its way has told of so far, by name */
  const found = shallowReactive(new Map<string, DeviceInfo>());
  onScopeDispose(studio.on('devices.found', (device) => found.set(device.name, device)));
  const loaded = ref(false);

  async function load(): Promise<void> {
    [settings.value, info.value] = await Promise.all([studio.call('settings.get'), studio.call('app.info')]);
    loaded.value = true;
  }
  /** A device that isn't known yet, or all `again`, are tried: this may take seconds. */
  async function loadDevices(again = false): Promise<void> {
    found.clear();
    devices.value = await studio.call(again ? 'devices.check' : 'devices.list');
  }
  async function set(patch: Partial<Settings>): Promise<void> {
    const before = settings.value;
    settings.value = { ...before, ...patch };
    try {
      settings.value = await studio.call('settings.set', patch);
    } catch (error) {
      settings.value = before;
      throw error;
    }
  }
  onScopeDispose(studio.on('settings.changed', (changed) => (settings.value = changed)));
  watch(
    () => (loaded.value ? settings.value.theme : undefined),
    (theme) => {
      if (theme !== undefined) showTheme(theme);
    },
  );

  /** The processor that trains, as short as it is known. */
  const processorName = computed(() => processor(info.value?.processor ?? ''));
  return { settings, info, devices, found, loaded, processorName, load, loadDevices, set };
});
