import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '#contract/settings.ts';
import { openSettings, settingsFolder } from './settings.ts';

let folder: string;
let file: string;
let warnings: string[];
const open = () => openSettings(folder, (w) => warnings.push(w));
const onDisk = async () => JSON.parse(await readFile(file, 'utf8')) as unknown;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-settings-'));
  file = join(folder, 'settings.json');
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('settings', () => {
  it('are the defaults until something is set, and what is set is kept', async () => {
    const settings = open();
    expect(settings.get()).toEqual(defaultSettings);
    expect(settings.set({ theme: 'dark' })).toEqual({ ...defaultSettings, theme: 'dark' });
    expect(settings.set({ threads: 2 })).toEqual({ ...defaultSettings, theme: 'dark', threads: 2 });
    expect(open().get()).toEqual({ ...defaultSettings, theme: 'dark', threads: 2 });
    expect(await onDisk()).toEqual({ theme: 'dark', threads: 2 });
    expect(warnings).toEqual([]);
  });
  it('refuse a bad value and keep the old ones', () => {
    const settings = open();
    settings.set({ threads: 2 });
    expect(() => settings.set({ threads: -1 })).toThrow('-1 is not a value for the setting threads');
    expect(settings.get().threads).toBe(2);
  });
  it('that do not fit fall back to their default with one warning, and the rest holds', async () => {
    await writeFile(file, JSON.stringify({ theme: 'purple', threads: 3, colour: 'red' }));
    const settings = open();
    settings.get();
    expect(settings.get()).toEqual({ ...defaultSettings, threads: 3 });
    expect(warnings).toEqual([
      `${file} says theme is "purple", which it can't be. The default is used.`,
      `${file} names colour, which is no setting. It is ignored.`,
    ]);
    // another version may know it
    settings.set({ threads: 4 });
    expect(await onDisk()).toEqual({ theme: 'purple', threads: 4, colour: 'red' });
  });
  it.each(['{"theme": "da', '', '[]', '7'])('in a file that holds %j are the defaults, with a warning', async (text) => {
    await writeFile(file, text);
    const settings = open();
    expect(settings.get()).toEqual(defaultSettings);
    expect(warnings).toEqual([`${file} is not a settings file. The defaults are used.`]);
    expect(settings.set({ theme: 'light' })).toEqual({ ...defaultSettings, theme: 'light' });
    expect(await onDisk()).toEqual({ theme: 'light' });
  });
  it('tell of changes until told not to, also of those of another process', async () => {
    const settings = open();
    const seen: string[] = [];
    const off = settings.onChange((s) => seen.push(s.theme));
    settings.set({ theme: 'dark' });
    expect(seen).toEqual(['dark']);
    open().set({ theme: 'light' });
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['dark', 'light']);
    off();
    settings.set({ theme: 'dark' });
    expect(seen).toHaveLength(2);
  });
  it('name the folder when it can not be used', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(() => openSettings(join(folder, 'file'), () => undefined)).toThrow(join(folder, 'file'));
  });
  it("live in the system's folder for configuration, or where FROM_NOISE_CONFIG says", () => {
    expect(settingsFolder('/elsewhere')).toBe('/elsewhere');
    expect(settingsFolder('')).toMatch(/from-noise/);
  });
});
