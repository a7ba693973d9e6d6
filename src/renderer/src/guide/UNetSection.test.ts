// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { h } from 'vue';
import { createMemoryHistory } from 'vue-router';
import { NOISE_LEVELS } from '#contract/figure.ts';
import { UNET_BLOCKS, type BlockMaps, type Inspection, type InspectionRequest } from '#contract/inspection.ts';
import { presetRecipe } from '#contract/preset.ts';
import type { Run } from '#contract/run.ts';
import { defaultSettings } from '#contract/settings.ts';
import { openStudio } from '../client.ts';
import { openRouter } from '../router.ts';
import { scriptedLink } from '../scripted-link.ts';
import { scriptedRun } from '../scripted-run.ts';
import { useInside } from '../stores/inside.ts';
import { useRuns } from '../stores/runs.ts';
import { insteadOf, levelInWords, proposed } from './inside.ts';
import { figurePage } from './parts.ts';
import UNetSection from './UNetSection.vue';

// KaTeX looks when it is loaded, and happy-dom has no such mode
vi.hoisted(() => Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' }));

const classRecipe = { ...presetRecipe('class', 'assigned'), width: 4 };
const denoiser = scriptedRun('denoiser-a', { epochs: 2, recipe: { width: 4 }, createdAt: 1 });
const newer = scriptedRun('denoiser-b', { epochs: 3, recipe: { width: 6 }, createdAt: 2 });
const classRun = scriptedRun('class-a', { epochs: 5, recipe: classRecipe, createdAt: 3 });

/** Maps of every block, the third of each the liveliest; a change where one is asked for. */
function inspection({ instead }: InspectionRequest): Inspection {
  const blocks = UNET_BLOCKS.map((block): BlockMaps => {
    const count = block === 'out' ? 1 : 4;
    const maps = {
      side: 7,
      low: new Float32Array(count),
      high: new Float32Array(count).fill(1),
      bytes: new Uint8Array(count * 49),
    };
    return {
      block,
      channels: count,
      maps,
      means: new Float32Array(count),
      deviations: Float32Array.of(1, 1, 2, 1).subarray(0, count),
      ...{ low: -0.17, high: 3.25, mean: 0.5, deviation: 0.25, closed: 0.4, off: 1 },
      ...(instead !== null && { change: { maps, share: block === 'down1' ? 0 : 0.125 } }),
    };
  });
  return { noisy: new Float32Array(784), blocks, opened: false };
}

async function open(runs: Run[], trains: 'denoiser' | 'class', answer = inspection, path = '/guide/1.1') {
  const scripted = scriptedLink({
    'settings.get': () => defaultSettings,
    'settings.set': () => defaultSettings,
    'runs.list': () => ({ runs, more: false }),
    'dataset.noising': ({ ofEach = 0 }) => ({
      digits: 10 * ofEach,
      classes: new Uint8Array(10 * ofEach),
      sigmas: Float32Array.from(NOISE_LEVELS),
      images: Float32Array.from({ length: 10 * ofEach * NOISE_LEVELS.length * 784 }, (_, i) =>
        Math.floor(i / 784 / NOISE_LEVELS.length),
      ),
    }),
    'schedule.table': ({ timesteps }) => {
      const alphaBar = Float64Array.from({ length: timesteps + 1 }, (_, t) => 1 - t / (timesteps + 1));
      return { alphaBar, alpha: alphaBar, beta: alphaBar, snr: alphaBar };
    },
    'playground.inspect': (asked) => answer(asked),
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const router = openRouter(createMemoryHistory());
  await router.push(path);
  await useRuns().load();
  const shown = { ...presetRecipe(trains, 'assigned') };
  const page: VueWrapper = mount(() => h(UNetSection, { trains, only: undefined, shown, noising: undefined }), {
    global: { plugins: [pinia, router] },
  });
  await flushPromises();
  const asked = () =>
    scripted.asked.filter(({ name }) => name === 'playground.inspect').map(({ input }) => input as InspectionRequest);
  const lookInside = async () => {
    await page.findAll('button').find((b) => b.text() === 'Look inside')!.trigger('click'); // prettier-ignore
    await flushPromises();
  };
  return { scripted, page, asked, lookInside, inside: useInside() };
}

describe('the figure of the UNet', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('says what training will add, and asks nothing', async () => {
    const { page, asked } = await open([classRun], 'denoiser');
    expect(page.text()).toContain('Train this part to see what each block makes of a digit.');
    expect(page.text()).toContain('7,891,073 parameters at D = 128');
    expect(page.findAll('g[role=img]').length).toBe(8);
    expect(asked()).toEqual([]);
  });

  it('looks into the newest run of the part once it is told to, at its newest epoch and the σ that it knows', async () => {
    const { page, asked, lookInside, inside } = await open([denoiser, newer, classRun], 'denoiser');
    expect(asked()).toEqual([]);
    await lookInside();
    expect(asked()).toHaveLength(1);
    const { drawing, ...question } = asked()[0]!;
    expect(question).toEqual({ run: 'denoiser-b', epoch: 3, weights: 'raw', digit: null, level: 0.5, seed: 0, instead: null });
    expect([drawing.length, drawing[0]]).toEqual([784, 7]);
    // the figure is of that run's network, and each block a button
    expect(page.text()).toContain('parameters at D = 6');
    const pressed = () => page.find('[data-block]:has([aria-pressed=true])').attributes('data-block');
    expect(pressed()).toBe('down1');
    expect(page.text()).toContain('−0.17 to 3.25');
    expect(page.text()).toContain('40 % not above 0');
    // the liveliest map is in front and enlarged; another one is chosen by its key
    expect(page.find('[role=option][aria-selected=true]').attributes('aria-label')).toBe('Channel 3');
    await page.find('[role=listbox]').trigger('keydown', { key: 'End' });
    expect(page.find('[role=option][aria-selected=true]').attributes('aria-label')).toBe('Channel 4');
    await page.find('[data-block=init]').trigger('click');
    expect(pressed()).toBe('init');
    expect(page.find('[role=listbox]').attributes('aria-label')).toContain('ConvBlock(1, 6)');
    // hovering tells of a drawing; here it would take the maps away
    await page.find('[data-block=up1]').trigger('pointerenter');
    expect(pressed()).toBe('init');
    inside.sigma = 1;
    await flushPromises();
    expect(asked().map(({ level }) => level)).toEqual([0.5, 1]);
    // what is only news of the run is no other question
    useRuns().byId.set(newer.id, { ...newer, name: 'Renamed' });
    await flushPromises();
    expect(asked()).toHaveLength(2);
    await page.findAll('button').find((b) => b.text() === 'Close the network')!.trigger('click'); // prettier-ignore
    expect(page.text()).toContain('parameters at D = 128');
  });

  it('tells a class model the digit’s own class, and compares it with another telling', async () => {
    const { page, asked, lookInside, inside } = await open([classRun], 'class');
    await lookInside();
    expect(asked()[0]).toMatchObject({ digit: 7, level: 1 / 3, instead: null });
    expect(page.text()).not.toContain('Δ');
    inside.instead = 'none';
    await flushPromises();
    expect(asked().at(-1)).toMatchObject({ digit: 7, instead: { t: 1 / 3, digit: null } });
    // each block says how much it changes, also to who hears it
    expect(page.find('[data-block=down1]').text()).toContain('Δ 0 %');
    expect(page.find('[data-block=up1]').text()).toContain('Δ 13 %');
    expect(page.find('[data-block=condition1] [role=button]').attributes('aria-label')).toContain('changes by 13 %');
    expect(page.text()).toContain('changes by 13 %');
    inside.told = '3';
    await flushPromises();
    expect(asked().at(-1)!.digit).toBe(3);
  });

  it('says why a network can’t be looked into, and keeps the drawing', async () => {
    const { page, lookInside } = await open([classRun], 'class', () => {
      throw new Error('no such checkpoint');
    });
    await lookInside();
    expect(page.find('[role=alert]').text()).toContain('no such checkpoint');
    expect(page.findAll('[role=option]')).toHaveLength(0);
  });

  it('opens on the run and epoch of a link', async () => {
    const { asked } = await open([denoiser, newer], 'denoiser', inspection, '/guide/1.2?run=denoiser-a&epoch=1');
    expect(asked().map(({ run, epoch }) => [run, epoch])).toEqual([['denoiser-a', 1]]);
  });
});

it('proposes a run that counts before a newer one', () => {
  expect(proposed([newer, denoiser], new Set(['denoiser-a']))?.id).toBe('denoiser-a');
  expect(proposed([newer, denoiser], new Set())?.id).toBe('denoiser-b');
  expect(proposed([], new Set())).toBeUndefined();
});

it('changes one thing of what is told: the class or the time', () => {
  expect(insteadOf('', 0.4, 7)).toBeNull();
  expect(insteadOf('none', 0.4, 7)).toEqual({ t: 0.4, digit: null });
  expect(insteadOf('class 3', 0.4, 7)).toEqual({ t: 0.4, digit: 3 });
  expect(insteadOf('t 0.95', 0.4, 7)).toEqual({ t: 0.95, digit: 7 });
});

it('writes a level as its objective counts it', () => {
  expect(levelInWords(denoiser.recipe, 0.5)).toBe('σ = 0.50');
  expect(levelInWords(classRecipe, 1 / 3)).toBe('t = 100 of 300');
  expect(levelInWords(presetRecipe('flow', 'assigned'), 0.25)).toBe('t = 0.25');
});

it('finds for every recipe the page that has its network', () => {
  expect(figurePage(denoiser.recipe)).toBe('1.2');
  expect(figurePage(classRecipe)).toBe('2.4');
  expect(figurePage({ ...classRecipe, model: 'improved' })).toBe('improved');
  expect(figurePage({ ...presetRecipe('time', 'assigned'), model: 'improved' })).toBe('2.2');
});
