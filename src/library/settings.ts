import { join } from 'node:path';
import process from 'node:process';
import Conf from 'conf';
import envPaths from 'env-paths';
import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import { settingsSchema, type Settings } from '#contract/settings.ts';
import { diskError } from './disk-error.ts';

/** A person's settings, as everything but the file itself sees them. */
export interface SettingsStore {
  /** of the settings file */
  readonly folder: string;
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
/** How the file is opened, so that the window, the browser host and the command line share it. */
interface SettingsFileOptions {
  /** without its ending, .json */
  name: string;
  cwd: string;
  watch: boolean;
  deserialize: (text: string) => Record<string, unknown>;
}

/** The folder of settings.json: FROM_NOISE_CONFIG, or the system's own place for configuration. */
export function settingsFolder(environment: string | undefined = process.env['FROM_NOISE_CONFIG']): string {
  return environment === undefined || environment === '' ? envPaths('from-noise', { suffix: '' }).config : environment;
}

/**
 * Opens settings.json in a folder. A value that doesn't fit falls back to its default, and one that is unknown is left
 * alone; `warn` is told of each once. Electron opens its own kind of file: `(options) => new ElectronStore(options)`.
 * Throws StudioError `library` when the folder can't be used.
 */
export function openSettings(
  folder: string,
  warn: (message: string) => void,
  open: (options: SettingsFileOptions) => SettingsFile = ({ name, ...options }) => new Conf({ configName: name, ...options }),
): SettingsStore {
  const told = new Set<string>();
  const tell = (message: string): void => {
    if (told.has(message)) return;
    told.add(message);
    warn(message);
  };
  const path = join(folder, 'settings.json');
  const deserialize = (text: string): Record<string, unknown> => {
    const stored = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
    if (!stored.success) tell(`${path} is not a settings file. The defaults are used.`);
    return stored.data ?? {};
  };
  let file: SettingsFile;
  try {
    file = open({ name: 'settings', cwd: folder, watch: true, deserialize });
  } catch (error) {
    throw diskError(error, 'use the settings folder', folder);
  }
  const get = (): Settings => fitting(file.store, (problem) => tell(`${path} ${problem}`));
  return {
    folder,
    get,
    set(patch) {
      const named = checked(patch);
      try {
        file.set(named);
      } catch (error) {
        throw diskError(error, 'write', path);
      }
      return get();
    },
    onChange: (listener) => file.onDidAnyChange(() => listener(get())),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The settings that a file stands for. */
function fitting(stored: Record<string, unknown>, tell: (problem: string) => void): Settings {
  const settings: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(settingsSchema.shape)) {
    const parsed = schema.safeParse(stored[field]);
    if (!parsed.success) tell(`says ${field} is ${JSON.stringify(stored[field])}, which it can't be. The default is used.`);
    settings[field] = parsed.success ? parsed.data : schema.parse(undefined);
  }
  for (const key of Object.keys(stored))
    if (!Object.hasOwn(settingsSchema.shape, key)) tell(`names ${key}, which is no setting. It is ignored.`);
  return settings as Settings;
}

/** The settings of a patch, proved. */
function checked(patch: Partial<Settings>): Record<string, unknown> {
  const parsed = z.partial(settingsSchema).safeParse(patch);
  // a default stands in for what the patch doesn't name, and would overwrite it
  if (parsed.success) return Object.fromEntries(Object.entries(parsed.data).filter(([key]) => Object.hasOwn(patch, key)));
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new StudioError(
    'bad-input',
    `${JSON.stringify(patch[field as keyof Settings])} is not a value for the setting ${field}: ${issue?.message ?? ''}.`,
    'Choose another value.',
  );
}
