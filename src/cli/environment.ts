import process from 'node:process';
import { libraryFolder } from '#library/folder.ts';
import { trainerEntry } from '#host/program-files.ts';
import { createDevices, type Devices } from '#studio/devices.ts';
import { forkTrainer } from '#studio/trainer-channel.ts';
import { openSettings, settingsFolder, type SettingsStore } from '#library/settings.ts';
import type { Output } from './output.ts';

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
  /** what is tried is said: it may take some seconds */
  devices: Devices;
}

export function openEnvironment({ library }: CommonOptions, output: Output): Environment {
  const settings = openSettings(settingsFolder(), (problem) => process.stderr.write(`warning: ${problem}\n`));
  const { library: setting } = settings.get();
  return {
    settings,
    libraryFolder: libraryFolder({ option: library, environment: process.env['FROM_NOISE_LIBRARY'], setting }),
    devices: createDevices({
      spawn: (variables) => forkTrainer(trainerEntry, variables),
      folder: settings.folder,
      settings: () => settings.get(),
      // it is asked while this process holds the library's training slot, or where nothing is timed
      busy: () => false,
      onTry: (label) => output.say(`Checking ${label}`),
    }),
  };
}
