// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { h, ref } from 'vue';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import RunThumb from './RunThumb.vue';

const visible = ref(false);
vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), useElementVisibility: () => visible }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  ['test digits', 'runs.samples', false],
  ['a sample', 'runs.grid', true],
] as const)('fetches %s once it is looked at, and again when its run was resumed', async (_, call, grid) => {
  const pixels = (n: number) => new Float32Array(n * 784);
  const plan = { sampler: 'ddpm', steps: 20, count: 10, seed: 0 };
  const scripted = scriptedLink({
    'runs.samples': () => ({
      count: 10,
      sigma: 0.5,
      clean: pixels(10),
      noisy: pixels(10),
      denoised: pixels(10),
      levels: { sigmas: new Float32Array(1), noisy: pixels(1), denoised: pixels(1) },
    }),
    'runs.grid': () => ({ images: pixels(10), plan }) as never,
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  visible.value = false;
  const page = mount(() => h(RunThumb, { id: 'a', seed: 1, epoch: 1, grid }), { global: { plugins: [pinia] } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(scripted.count(call)).toBe(0);
  visible.value = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(scripted.count(call)).toBe(1);
  scripted.tell('run.cut', { id: 'a', step: 3 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(scripted.count(call)).toBe(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(scripted.count(call)).toBe(2);
  page.unmount();
});
