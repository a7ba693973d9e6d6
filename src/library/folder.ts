import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a library may be named; empty and undefined are the same. */
export interface LibraryChoice {
  /** --library */
  option?: string | undefined;
  /** FROM_NOISE_LIBRARY */
  environment?: string | undefined;
  setting?: string | undefined;
}

/**
 * The library's folder, absolute: `~/From Noise`, or the setting, or FROM_NOISE_LIBRARY, or --library; the later wins.
 * A leading `~/` is the home folder, since settings come without a shell.
 */
export function libraryFolder(choice: LibraryChoice, home: string = homedir()): string {
  const chosen = [choice.option, choice.environment, choice.setting].find((c) => c !== undefined && c !== '');
  if (chosen === undefined) return join(home, 'From Noise');
  if (chosen === '~') return home;
  return /^~[/\\]/.test(chosen) ? join(home, chosen.slice(2)) : resolve(chosen);
}
