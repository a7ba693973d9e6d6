// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { expect, it, vi } from 'vitest';
import { h, ref } from 'vue';
import type { Run } from '#contract/run.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import PauseButton from './PauseButton.vue';

vi.mock('vue-router', () => ({ useRouter: () => ({}) }));

it('pauses and resumes with one and the same button, which stays while the run waits for its turn', async () => {
  const inState = (state: Run['state']): Run => scriptedRun('a', { state });
  const scripted = scriptedLink({
    'runs.pause': () => inState({ status: 'paused', at: 0 }),
    'runs.resume': () => inState({ status: 'queued', queuedAt: 0 }),
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const run = ref(inState({ status: 'training', startedAt: 0 }));
  const page = mount(() => h(PauseButton, { run: run.value }), { global: { plugins: [pinia] } });
  const { element } = page.get('button');
  expect(element.textContent).toBe('Pause');
  await page.get('button').trigger('click');
  run.value = inState({ status: 'paused', at: 0 });
  await flushPromises();
  expect(page.get('button').element).toBe(element);
  expect(element.textContent).toBe('Resume');

  await page.get('button').trigger('click');
  run.value = inState({ status: 'queued', queuedAt: 0 });
  await flushPromises();
  expect(page.get('button').element).toBe(element);
  expect(element.disabled).toBe(true);
  run.value = inState({ status: 'training', startedAt: 0 });
  await flushPromises();
  expect(page.get('button').element).toBe(element);
  expect([element.textContent, element.disabled]).toEqual(['Pause', false]);
  expect(scripted.asked.map(({ name }) => name)).toEqual(['runs.pause', 'runs.resume']);

  // queued by someone else, or done: there is nothing to press
  run.value = inState({ status: 'completed', at: 0 });
  await flushPromises();
  run.value = inState({ status: 'queued', queuedAt: 0 });
  await flushPromises();
  expect(page.find('button').exists()).toBe(false);
});
