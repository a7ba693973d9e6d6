// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { h } from 'vue';
import { createMemoryHistory } from 'vue-router';
import { NOISE_LEVELS } from '#contract/figure.ts';
import { defaultSettings } from '#contract/settings.ts';
import { openStudio } from '../client.ts';
import DigitTile from '../components/DigitTile.vue';
import { openRouter } from '../router.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useNoiseLab } from '../stores/noise-lab.ts';
import NoiseLab from './NoiseLab.vue';
import { noisedDigit, type Noising } from './noising.ts';
import { guidePart } from './parts.ts';

// KaTeX looks when it is loaded, and happy-dom has no such mode
vi.hoisted(() => Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' }));

/** Digits that are no pictures, under noise that is none: each pixel tells them apart. */
function noising(digits: number, seed: number): Noising {
  const images = new Float32Array(digits * NOISE_LEVELS.length * 784);
  for (let digit = 0; digit < digits; digit++)
    NOISE_LEVELS.forEach((sigma, level) => {
      for (let p = 0; p < 784; p++)
        images[(digit * NOISE_LEVELS.length + level) * 784 + p] = (p % 7) / 7 + sigma * Math.sin(seed + digit * 31 + p);
    });
  const classes = Uint8Array.from({ length: digits }, (_, i) => i / 2);
  return { digits, classes, sigmas: Float32Array.from(NOISE_LEVELS), images };
}

async function open() {
  const scripted = scriptedLink({
    'settings.get': () => defaultSettings,
    'settings.set': () => defaultSettings,
    'app.info': () => ({ shell: 'browser', version: '', platform: '', libraryFolder: '', processor: '' }),
    'dataset.noising': ({ seed, ofEach = 0 }) => noising(10 * ofEach, seed),
    'schedule.table': ({ timesteps }) => {
      const alphaBar = Float64Array.from({ length: timesteps + 1 }, (_, t) => 1 - (0.95 * t) / timesteps);
      return { alphaBar, alpha: alphaBar, beta: alphaBar, snr: alphaBar.map((a) => a / (1 - a)) };
    },
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const router = openRouter(createMemoryHistory());
  await router.push('/guide/noise-lab');
  const page: VueWrapper = mount(() => h(NoiseLab, { part: guidePart('noise-lab')! }), {
    global: { plugins: [pinia, router] },
  });
  await flushPromises();
  /** the pictures of a way: its tiles in order */
  const shown = (way: 'added' | 'mixed'): Float32Array[] =>
    (page.findAllComponents(DigitTile) as VueWrapper[])
      .filter((tile) => (tile.element as Element).closest(`section[aria-labelledby=${way}]`) !== null)
      .map((tile) => (tile.props() as { values: Float32Array }).values);
  const button = (text: string) => page.findAll('button').find((b) => b.text() === text)!;
  return { scripted, page, shown, button, lab: useNoiseLab() };
}
const furthest = (a: Float32Array, b: Float32Array) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

describe('the noise lab', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('shows at each of the seven levels what the studio shows there', async () => {
    const { lab, shown } = await open();
    for (const [level, sigma] of NOISE_LEVELS.entries()) {
      lab.sigma = sigma;
      await flushPromises();
      for (const [i, digit] of lab.digits.entries())
        expect(furthest(shown('added')[i]!, noisedDigit(noising(20, 180), digit, level))).toBeLessThan(1e-6);
    }
  });

  it('asks the studio for nothing while σ and t move', async () => {
    const { lab, scripted } = await open();
    const before = scripted.asked.length;
    for (let i = 0; i < 5; i++) {
      lab.sigma = i / 5;
      lab.t = 50 * i;
      await flushPromises();
    }
    expect(scripted.asked.length).toBe(before);
  });

  it('matches t to σ and σ to t: the pictures are equal up to a factor', async () => {
    const { lab, shown, button } = await open();
    lab.t = 200;
    await flushPromises();
    await button('Match to t').trigger('click');
    await flushPromises();
    const factor = Math.sqrt(1 - (0.95 * 200) / 300);
    expect(
      furthest(
        shown('added')[0]!.map((v) => v * factor),
        shown('mixed')[0]!,
      ),
    ).toBeLessThan(5e-3);
    lab.t = 10;
    await flushPromises();
    await button('Match to σ').trigger('click');
    expect(lab.t).toBe(200);
  });

  it('takes one to four digits, and lets the first go for a fifth', async () => {
    const { lab, page, shown } = await open();
    const toggle = (name: string) => page.find(`[aria-label="${name}"]`).trigger('click');
    for (let digit = 0; digit < 10; digit++) expect(page.find(`[aria-label="Digit ${digit}"]`).exists()).toBe(true);
    expect(lab.digits).toEqual([14, 4, 0, 16]);
    await toggle('Digit 8, another');
    expect(lab.digits).toEqual([4, 0, 16, 17]);
    for (const name of ['Digit 2', 'Digit 0', 'Digit 8']) await toggle(name);
    await toggle('Digit 8, another');
    expect(lab.digits).toEqual([17]);
    await flushPromises();
    expect(shown('added')).toHaveLength(1);
  });

  it('keeps t within a schedule that gets shorter', async () => {
    const { lab, page } = await open();
    lab.t = 300;
    lab.timesteps = 50;
    await flushPromises();
    expect(lab.t).toBe(50);
    expect(page.text()).toContain('At t = 50');
  });
});
