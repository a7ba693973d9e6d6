import process from 'node:process';
import Conf from 'conf';
import envPaths from 'env-paths';
import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import { settingsSchema, type Settings } from '#contract/settings.ts';
import { diskError } from './disk-error.ts';

/** A person's settings, as everything but the file itself sees them. */
export interface SettingsStore {
  get(): Settings;
  /** Writes some settings and returns all. Throws StudioError `bad-input`, `disk-full` or `library`. */
  set(patch: Partial<Settings>): Settings;
  /** Tells of every change, by whichever process. Returns its unsubscribe. */
  onChange(listener: (settings: Settings) => void): () => void;
}

/** What `conf` and `electron-store` have in common: one JSON file, replaced atomically. */
interface SettingsFile {
  readonly path: string;
  readonly store: Record<string, unknown>;
  set(values: Record<string, unknown>): void;
  onDidAnyChange(listener: () => void): () => void;
}

/** The folder of settings.json: FROM_NOISE_CONFIG, or the system's own place for configuration. */
export function settingsFolder(environment: string | undefined = process.env['FROM_NOISE_CONFIG']): string {
  return environment === undefined || environment === '' ? envPaths('from-noise', { suffix: '' }).config : environment;
}

/**
 * How the file is opened, for electron-store as for conf, so that the window, the browser host and the command line
 * share it: `new ElectronStore({ name: SETTINGS_NAME, ...settingsOptions(folder) })`. A file that isn't JSON counts as empty.
 */
export const SETTINGS_NAME = 'settings';
export const settingsOptions = (folder: string) => ({
  cwd: folder,
  watch: true,
  deserialize: (text: string): Record<string, unknown> => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { [UNREADABLE]: true };
    }
    return z.record(z.string(), z.unknown()).safeParse(value).data ?? { [UNREADABLE]: true };
  },
});
/** Stands for a file that is no settings file. */
const UNREADABLE = 'unreadable';

/**
 * Settings over an open file. A value that doesn't fit falls back to its default, one that is unknown is left alone;
 * `warn` is told of each once.
 */
export function createSettings(file: SettingsFile, warn: (message: string) => void): SettingsStore {
  const told = new Set<string>();
  const tell = (message: string): void => {
    if (told.has(message)) return;
    told.add(message);
    warn(message);
  };
  const read = (): Settings => readSettings(file.store, (problem) => tell(`${file.path} ${problem}`));
  return {
    get: read,
    set(patch) {
      const parsed = z.partial(settingsSchema).safeParse(patch);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const field = issue?.path.join('.') ?? '';
        throw new StudioError(
          'bad-input',
          `${JSON.stringify(patch[field as keyof Settings])} is not a value for the setting ${field}: ${issue?.message ?? ''}.`,
          'Choose another value.',
        );
      }
      // a default stands in for what isn't named, and would overwrite it
      const named = Object.fromEntries(Object.entries(parsed.data).filter(([key]) => Object.hasOwn(patch, key)));
      try {
        file.set(named);
      } catch (error) {
        throw diskError(error, 'write', file.path);
      }
      return read();
    },
    onChange: (listener) => file.onDidAnyChange(() => listener(read())),
  };
}

function readSettings(stored: Record<string, unknown>, tell: (problem: string) => void): Settings {
  if (stored[UNREADABLE] === true) tell('is not a settings file. The defaults are used.');
  const settings: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(settingsSchema.shape)) {
    const parsed = schema.safeParse(stored[field]);
    if (!parsed.success) tell(`says ${field} is ${JSON.stringify(stored[field])}, which it can't be. The default is used.`);
    settings[field] = parsed.success ? parsed.data : schema.parse(undefined);
  }
  for (const key of Object.keys(stored))
    if (key !== UNREADABLE && !Object.hasOwn(settingsSchema.shape, key))
      tell(`names ${key}, which is no setting. It is ignored.`);
  return settings as Settings;
}

/** Settings without Electron. Throws StudioError `library` when the folder can't be made. */
export function openSettings(folder: string, warn: (message: string) => void): SettingsStore {
  try {
    return createSettings(new Conf({ configName: SETTINGS_NAME, ...settingsOptions(folder) }), warn);
  } catch (error) {
    throw diskError(error, 'use the settings folder', folder);
  }
}
