// @vitest-environment happy-dom
import { flushPromises, mount, RouterLinkStub } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { describe, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import type { Run } from '#contract/run.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import EpochPictures from './EpochPictures.vue';
import { useEpoch } from './use-epoch.ts';

async function open(run: Run) {
  const pixels = (n: number) => new Float32Array(n * 784);
  const scripted = scriptedLink({
    'runs.samples': () => ({
      count: 10,
      sigma: 0.5,
      clean: pixels(10),
      noisy: pixels(10),
      denoised: pixels(10),
      levels: { sigmas: new Float32Array([0, 0.5]), noisy: pixels(2), denoised: pixels(2) },
    }),
  });
  openStudio(scripted.link);
  setActivePinia(createPinia());
  const Page = defineComponent(() => {
    const { slid, last, epoch } = useEpoch(() => run);
    return () =>
      h(EpochPictures, {
        run,
        last: last.value,
        epoch: epoch.value,
        testLosses: new Map(),
        modelValue: slid.value,
        'onUpdate:modelValue': (value: number) => (slid.value = value),
      });
  });
  const page = mount(Page, { global: { stubs: { RouterLink: RouterLinkStub } } });
  await flushPromises();
  return { page, scripted };
}
async function press(key: string): Promise<void> {
  document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  await flushPromises();
}

describe('the pictures of a denoiser', () => {
  it('follow one slider, which the arrows move: digits and noise levels alike', async () => {
    const { page } = await open(scriptedRun('a', { epochs: 4, recipe: { epochs: 4 } }));
    expect(page.findAll('[role=slider]')).toHaveLength(1);
    expect(page.find('[aria-label="Denoised after epoch 4"]').exists()).toBe(true);
    expect(page.text()).toContain('one digit after epoch 4');
    await press('ArrowLeft');
    await press('ArrowLeft');
    expect(page.find('[aria-label="Denoised after epoch 2"]').exists()).toBe(true);
    expect(page.text()).toContain('one digit after epoch 2');
    const use = page.getComponent(RouterLinkStub);
    expect([use.text(), use.props('to')]).toEqual([
      'Try it on a drawing',
      { name: 'playground', query: { run: 'a', epoch: '2' } },
    ]);
    await press('ArrowRight');
    expect(page.find('[aria-label="Denoised after epoch 3"]').exists()).toBe(true);
    page.unmount();
  });

  it('keep their place before there are any, and leave none where none will come', async () => {
    const training = { status: 'training', startedAt: 0 } as const;
    const { page } = await open(scriptedRun('a', { state: training }));
    expect(page.text()).toContain('The first test digits come after epoch 1, which is under way.');
    expect(page.find('[aria-label="Denoised: not there yet"]').exists()).toBe(true);
    page.unmount();
    const { page: other } = await open(scriptedRun('a', { state: { status: 'stopped', at: 0 } }));
    expect(other.text()).toContain('It was stopped within its first epoch');
    expect(other.find('[role=img]').exists()).toBe(false);
    other.unmount();
  });
});
