// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { h } from 'vue';
import { createMemoryHistory, RouterView } from 'vue-router';
import { defaultSettings, type Settings } from '#contract/settings.ts';
import { openStudio } from '../client.ts';
import { openRouter } from '../router.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useDraft } from '../stores/draft.ts';
import { ideas } from './ideas.ts';
import { guideParts } from './parts.ts';

// KaTeX looks when it is loaded, and happy-dom has no such mode
vi.hoisted(() => Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' }));

async function open(stored: Partial<Settings> = {}, path = '/') {
  let settings: Settings = { ...defaultSettings, ...stored };
  const scripted = scriptedLink({
    'settings.get': () => settings,
    'settings.set': (patch) => (settings = { ...settings, ...(patch as Partial<Settings>) }),
    'app.info': () => ({ shell: 'browser', version: '', platform: '', libraryFolder: '', processor: '' }),
  });
  openStudio(scripted.link);
  const pinia = createPinia();
  setActivePinia(pinia);
  const router = openRouter(createMemoryHistory());
  await router.push(path);
  const page = mount(() => h(RouterView), { global: { plugins: [pinia, router] } });
  await flushPromises();
  return { scripted, router, page, stored: () => settings };
}
const at = (router: Awaited<ReturnType<typeof open>>['router']) => router.currentRoute.value.path;

describe('the guide', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('has an idea and formulas for every part', async () => {
    const { page, router } = await open();
    for (const part of guideParts) {
      expect(ideas[part.id], part.id).toBeDefined();
      await router.push({ name: 'guide', params: { part: part.id } });
      await flushPromises();
      expect(page.find('h1').text()).toBe(part.title);
      // KaTeX throws where TeX is wrong
      expect(page.findAll('.katex').length, part.id).toBeGreaterThan(0);
      expect(useDraft().part).toBe(part.trains);
    }
  });

  it('begins at the first part, and knows only its own', async () => {
    const { router } = await open();
    expect(at(router)).toBe('/guide/1.1');
    await router.push('/guide/9.9');
    expect(at(router)).toBe('/guide/1.1');
    await router.push('/nowhere');
    expect(at(router)).toBe('/guide/1.1');
  });

  it('opens at the page that was open last, and at the part that was read last', async () => {
    const { router } = await open({ page: '/settings', part: '2.3' });
    expect(at(router)).toBe('/settings');
    await router.push({ name: 'guide' });
    expect(at(router)).toBe('/guide/2.3');
    // also from within
    await router.push({ name: 'guide' });
    expect(at(router)).toBe('/guide/2.3');
  });

  it.each(['/', '/nowhere', 'https://example.com/'])('does not follow a page that is none: %s', async (page) => {
    const { router } = await open({ page });
    expect(at(router)).toBe('/guide/1.1');
  });

  it('opens at the page that is asked for, whatever was open last', async () => {
    const { router } = await open({ page: '/settings' }, '/guide/2.1');
    expect(at(router)).toBe('/guide/2.1');
  });

  it('keeps in mind where one is', async () => {
    const { router, stored } = await open();
    await router.push('/guide/2.4');
    await flushPromises();
    expect(stored()).toMatchObject({ page: '/guide/2.4', part: '2.4' });
    await router.push('/settings');
    await flushPromises();
    expect(stored()).toMatchObject({ page: '/settings', part: '2.4' });
  });
});
