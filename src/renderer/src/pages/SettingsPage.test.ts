// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { expect, it, vi } from 'vitest';
import { h } from 'vue';
import { createMemoryHistory } from 'vue-router';
import { defaultSettings } from '#contract/settings.ts';
import type { DeviceInfo } from '#contract/studio.ts';
import { openStudio } from '../client.ts';
import { openRouter } from '../router.ts';
import { scriptedLink } from '../scripted-link.ts';
import SettingsPage from './SettingsPage.vue';

// KaTeX looks when it is loaded, and happy-dom has no such mode
vi.hoisted(() => Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' }));

it('shows every device from the start, and fills its row as soon as it was tried', async () => {
  const device = (name: string, available: boolean): DeviceInfo => ({
    name,
    label: `All of ${name}`,
    available,
    detail: `About ${name}`,
    hint: '',
  });
  const all = ['tensorflow-gpu', 'tensorflow-cpu', 'onnx-cpu', 'reference'].map((name) => device(name, name === 'onnx-cpu'));
  let end: (all: DeviceInfo[]) => void = () => undefined;
  const scripted = scriptedLink({
    'settings.get': () => defaultSettings,
    'app.info': () => ({ shell: 'browser', version: '', platform: '', libraryFolder: '', processor: '' }),
    'devices.list': () => new Promise((resolve) => (end = resolve)),
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const page = mount(() => h(SettingsPage), {
    global: { plugins: [pinia, openRouter(createMemoryHistory())] },
  });
  await flushPromises();
  const rows = () =>
    page.findAll('[aria-label="Device"] [role=radio]').map(({ element }) =>
      Array.from(element.querySelectorAll('span'))
        .flatMap((span) => Array.from(span.childNodes))
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent?.trim())
        .filter((text) => text !== '')
        .join(' '),
    );
  expect(rows().slice(1)).toEqual([
    'TensorFlow, GPU Not tried yet Being tried',
    'TensorFlow Not tried yet Waits',
    'ONNX Runtime Not tried yet Waits',
    'Reference Not tried yet Waits',
  ]);
  scripted.tell('devices.found', all[0]!);
  await flushPromises();
  expect(rows().slice(1, 3)).toEqual([
    'All of tensorflow-gpu About tensorflow-gpu Not available',
    'TensorFlow Not tried yet Being tried',
  ]);
  for (const found of all.slice(1)) scripted.tell('devices.found', found);
  end(all);
  await flushPromises();
  expect(rows()[3]).toBe('All of onnx-cpu About onnx-cpu Works');
  page.unmount();
});
