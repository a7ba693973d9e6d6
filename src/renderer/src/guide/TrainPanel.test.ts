// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { h } from 'vue';
import { presetRecipe } from '#contract/preset.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { useDraft } from '../stores/draft.ts';
import TrainPanel from './TrainPanel.vue';

function open(secondsPerStep: number) {
  const scripted = scriptedLink({
    'estimate.measure': () => ({ device: 'onnx-cpu', precision: 'float32', secondsPerStep, seconds: 0, basis: 'measured' }),
    'estimate.cancel': () => undefined,
    'runs.create': ({ recipe }) => scriptedRun('made', { recipe }),
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const started: string[] = [];
  const page = mount(() => h(TrainPanel, { onStarted: (id: string) => started.push(id) }), {
    global: { plugins: [pinia] },
  });
  const settle = async () => {
    await vi.advanceTimersByTimeAsync(1000);
    await flushPromises();
  };
  const button = (name: string) => page.findAll('button').find((b) => b.text() === name);
  return { scripted, page, started, settle, button };
}

describe('the train panel', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gives the measured time, and starts the run that was written', async () => {
    const { scripted, page, started, settle, button } = open(0.305);
    await settle();
    expect(page.text()).toContain('About 6 min');
    expect(page.text()).toContain('305 ms a step, 1,175 steps');
    expect(page.text()).not.toContain('20 minutes');
    useDraft().set('seed', 7);
    await settle();
    await button('Train')!.trigger('click');
    await settle();
    expect(scripted.asked.find((a) => a.name === 'runs.create')?.input).toEqual({
      recipe: { ...presetRecipe('denoiser', 'assigned'), seed: 7 },
    });
    expect(started).toEqual(['made']);
  });

  it('says when it takes more than twenty minutes, and offers what is shorter', async () => {
    const { page, settle, button } = open(2.5);
    await settle();
    expect(page.text()).toContain('That is more than 20 minutes.');
    await button('D = 64')!.trigger('click');
    expect(useDraft().recipe?.width).toBe(64);
    useDraft().choose('assigned');
    await settle();
    await button('Quick look')!.trigger('click');
    expect(useDraft().recipe).toEqual(presetRecipe('denoiser', 'quick'));
  });

  it('can not start what is not valid', async () => {
    const { settle, button } = open(1);
    useDraft().set('width', 0);
    await settle();
    expect(button('Train')!.attributes('disabled')).toBeDefined();
  });
});
