import process from 'node:process';
import type { Preferences } from '#trainer/messages.ts';
import { libraryFolder } from '#library/folder.ts';
import { openSettings, settingsFolder, type SettingsStore } from '#library/settings.ts';

/** What every command takes. */
export interface CommonOptions {
  library?: string;
  json?: boolean;
}

/** What a command works in: the person's settings, shared with the window, and the library they lead to. */
export interface Environment {
  settings: SettingsStore;
  /** absolute */
  libraryFolder: string;
  preferences: Preferences;
}

export function openEnvironment({ library }: CommonOptions): Environment {
  const settings = openSettings(settingsFolder(), (problem) => process.stderr.write(`warning: ${problem}\n`));
  const { device, threads, library: setting } = settings.get();
  return {
    settings,
    libraryFolder: libraryFolder({ option: library, environment: process.env['FROM_NOISE_LIBRARY'], setting }),
    preferences: { device, threads },
  };
}
