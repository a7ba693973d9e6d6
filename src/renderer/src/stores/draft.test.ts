// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { defaultSettings, settingsPatchSchema, type Settings } from '#contract/settings.ts';
import { openStudio } from '../client.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useDraft } from './draft.ts';
import { useSettings } from './settings.ts';

/** A studio that keeps settings, as a file would. */
function openSettings() {
  let settings: Settings = defaultSettings;
  /** a change that is made waits for it */
  const gate = { open: Promise.resolve(), refuses: false };
  const keep = (patch: unknown): Settings =>
    (settings = { ...settings, ...(settingsPatchSchema.parse(patch) as Partial<Settings>) });
  const scripted = scriptedLink({
    'settings.get': () => settings,
    'settings.set': async (patch) => {
      await gate.open;
      if (gate.refuses) throw new Error('the disk is full');
      return keep(patch);
    },
    'app.info': () => ({ shell: 'browser', version: '', platform: '', libraryFolder: '', processor: '' }),
  });
  openStudio(scripted.link);
  return {
    gate,
    kept: () => settings.drafts,
    /** what another window does */
    async otherWindow(drafts: Settings['drafts']): Promise<void> {
      scripted.tell('settings.changed', keep({ drafts }));
      await flushPromises();
    },
  };
}

/** What is typed is written once a while has passed, or the window goes. */
async function settle(): Promise<void> {
  await flushPromises();
  window.dispatchEvent(new Event('pagehide'));
  await flushPromises();
}

describe('the draft of a recipe', () => {
  let studio: ReturnType<typeof openSettings>;
  beforeEach(() => {
    studio = openSettings();
    setActivePinia(createPinia());
  });

  it('starts as assigned, and marks what was changed', () => {
    const draft = useDraft();
    expect(draft.recipe).toEqual(presetRecipe('denoiser', 'assigned'));
    draft.set('width', 32);
    expect([draft.isChanged('width'), draft.recipe?.width]).toEqual([true, 32]);
    draft.set('width', 128);
    expect(draft.isChanged('width')).toBe(false);
  });

  it('has no recipe while a value is bad, and says what is wrong in the words of the contract', () => {
    const draft = useDraft();
    draft.set('epochs', 'five');
    expect(draft.recipe).toBeUndefined();
    expect(draft.problemOf('epochs')).toBe('A whole number from 1 to 1000');
    draft.reset('epochs');
    expect(draft.recipe?.epochs).toBe(5);
  });

  it('is thrown away by a preset, and filled by the recipe of a run', () => {
    const draft = useDraft();
    draft.set('sigma', 0.8);
    draft.choose('quick');
    expect(draft.recipe).toEqual(presetRecipe('denoiser', 'quick'));
    draft.load({ ...presetRecipe('denoiser', 'assigned'), width: 64, seed: 3 });
    expect([draft.preset, [...draft.changes.keys()].sort()]).toEqual(['assigned', ['seed', 'width']]);
    draft.load({ ...presetRecipe('denoiser', 'quick'), seed: 3 });
    expect([draft.preset, [...draft.changes.keys()]]).toEqual(['quick', ['seed']]);
  });

  it('is another one for each part, and each stays as it was left', () => {
    const draft = useDraft();
    draft.set('width', 32);
    draft.turnTo('time');
    expect(draft.recipe).toEqual(presetRecipe('time', 'assigned'));
    draft.choose('quick');
    draft.set('epochs', 2);
    draft.turnTo('denoiser');
    expect([draft.preset, draft.recipe?.width]).toEqual(['assigned', 32]);
    draft.turnTo('time');
    expect(draft.recipe).toEqual({ ...presetRecipe('time', 'quick'), epochs: 2 });
  });

  it('turns to the part of the run that fills it', () => {
    const draft = useDraft();
    draft.load({ ...presetRecipe('class', 'assigned'), seed: 3 });
    expect([draft.part, draft.recipe]).toEqual(['class', { ...presetRecipe('class', 'assigned'), seed: 3 }]);
  });

  it('is there again after a restart, valid or not, unless something was written before it came', async () => {
    await useSettings().load();
    const draft = useDraft();
    draft.set('width', 32);
    draft.set('epochs', 'five');
    draft.turnTo('flow');
    draft.choose('quick');
    draft.set('timeSampling', 'logit-normal');
    await settle();

    // another window on the same settings
    setActivePinia(createPinia());
    const again = useDraft();
    again.turnTo('flow');
    again.set('seed', 7);
    again.turnTo('denoiser');
    await useSettings().load();
    await flushPromises();
    expect([again.valueOf('width'), again.valueOf('epochs')]).toEqual([32, 'five']);
    expect(again.problemOf('epochs')).toBe('A whole number from 1 to 1000');
    again.turnTo('flow');
    expect([again.preset, again.valueOf('seed'), again.isChanged('timeSampling')]).toEqual(['assigned', 7, false]);
  });

  it('leaves what another window wrote for another part', async () => {
    await useSettings().load();
    const draft = useDraft();
    await useSettings().set({ drafts: { time: { preset: 'quick', changes: { epochs: 2 } } } });
    draft.set('width', 32);
    await settle();
    expect(useSettings().settings.drafts).toEqual({
      denoiser: { preset: 'assigned', changes: { width: 32 } },
      time: { preset: 'quick', changes: { epochs: 2 } },
    });
  });

  it('follows what another window writes for the same part', async () => {
    await useSettings().load();
    const draft = useDraft();
    draft.set('width', 32);
    await settle();
    await studio.otherWindow({ denoiser: { preset: 'quick', changes: { epochs: 2 } } });
    expect([draft.preset, [...draft.changes]]).toEqual(['quick', [['epochs', 2]]]);
    // what is then typed here is added to that
    draft.set('seed', 7);
    await settle();
    expect(studio.kept()).toEqual({ denoiser: { preset: 'quick', changes: { epochs: 2, seed: 7 } } });
    await studio.otherWindow({});
    expect([draft.preset, draft.changes.size]).toEqual(['assigned', 0]);
  });

  it('keeps what has just been typed, and writes it', async () => {
    await useSettings().load();
    const draft = useDraft();
    draft.set('width', 32);
    await studio.otherWindow({ denoiser: { preset: 'assigned', changes: { width: 64 } } });
    expect(draft.valueOf('width')).toBe(32);
    await settle();
    expect(studio.kept()).toEqual({ denoiser: { preset: 'assigned', changes: { width: 32 } } });
  });

  it('keeps what could not be written, and writes it with the next change', async () => {
    await useSettings().load();
    const draft = useDraft();
    studio.gate.refuses = true;
    draft.set('width', 32);
    await settle();
    studio.gate.refuses = false;
    // something else is changed elsewhere
    await studio.otherWindow({});
    expect(draft.valueOf('width')).toBe(32);
    draft.set('seed', 7);
    await settle();
    expect(studio.kept()).toEqual({ denoiser: { preset: 'assigned', changes: { width: 32, seed: 7 } } });
  });

  it('does not go back to what it wrote itself a moment ago', async () => {
    await useSettings().load();
    const draft = useDraft();
    let arrive!: () => void;
    studio.gate.open = new Promise((resolve) => (arrive = resolve));
    draft.set('width', 3);
    await settle();
    draft.set('width', 32);
    await settle();
    // the first of the two has been written
    await studio.otherWindow({ denoiser: { preset: 'assigned', changes: { width: 3 } } });
    expect(draft.valueOf('width')).toBe(32);
    arrive();
    await settle();
    expect(draft.valueOf('width')).toBe(32);
    expect(studio.kept()).toEqual({ denoiser: { preset: 'assigned', changes: { width: 32 } } });
  });
});
