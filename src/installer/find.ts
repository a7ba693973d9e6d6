/** What is installed, and which of it is used. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '#library/disk-error.ts';
import type { Engine, Manifest } from './engine.ts';
import { engineDiskError } from './engine-error.ts';
import { enginesFolder, ownFolder, packageFolder, PACKAGE } from './folder.ts';
import { nvidiaLibraryPath } from './libraries.ts';
import { examine } from './manifest.ts';

/** `reason` is a sentence, `hint` says what helps. */
export type FoundEngine = { found: true; engine: Engine } | { found: false; reason: string; hint: string };

const HINT = '`from-noise engine install tensorflow` installs it.';

/**
 * The engine to use: the folder that FROM_NOISE_TENSORFLOW names, else the newest that is installed, complete and proved.
 * Looks at the files' sizes and times, which takes milliseconds; `thorough` hashes them all.
 */
export async function findEngine({ thorough = false }: FindOptions = {}): Promise<FoundEngine> {
  const own = ownFolder();
  if (own !== undefined) return await openOwn(own);
  const listed = await listEngines({ thorough });
  const [engine] = listed.flatMap((entry) => (entry.sound ? [entry.engine] : []));
  if (engine !== undefined) return { found: true, engine };
  const [damaged] = listed.flatMap((entry) => (entry.sound ? [] : [entry]));
  if (damaged !== undefined)
    return {
      found: false,
      reason: `TensorFlow in ${damaged.folder} is damaged: ${damaged.reason}.`,
      hint: `${HINT} It starts over.`,
    };
  return { found: false, reason: 'TensorFlow is not installed.', hint: HINT };
}

export interface FindOptions {
  /** hashes every file */
  thorough?: boolean;
}

/** A developer's folder is taken at its word. */
async function openOwn(folder: string): Promise<FoundEngine> {
  const names = await readdir(packageFolder(folder)).catch(() => undefined);
  if (names === undefined)
    return {
      found: false,
      reason: `FROM_NOISE_TENSORFLOW names ${folder}, which has no node_modules/${PACKAGE}.`,
      hint: 'Let it name an engine folder, or leave it out.',
    };
  const libraryPath = (await nvidiaLibraryPath(folder)).map((path) => join(folder, path));
  const kind = libraryPath.length > 0 ? 'gpu' : 'cpu';
  const engine: Engine = {
    folder,
    kind,
    way: 'own',
    version: '',
    source: folder,
    installedAt: '',
    bytes: 0,
    libraryPath,
    proof: undefined,
  };
  return { found: true, engine };
}

export type ListedEngine =
  | { sound: true; engine: Engine }
  /** `reason` is a part of a sentence: `engine.json is damaged` */
  | { sound: false; folder: string; reason: string };

/** Every engine in the person's folder, the newest first, and after them what is damaged. */
export async function listEngines({ thorough = false }: FindOptions = {}): Promise<ListedEngine[]> {
  const parent = enginesFolder();
  const listed = await Promise.all(
    (await enginesIn(parent)).map(async (folder): Promise<ListedEngine> => {
      const found = await examine(folder, thorough);
      return found.sound
        ? { sound: true, engine: engineOf(folder, found.manifest) }
        : { sound: false, folder, reason: found.reason };
    }),
  );
  const newestFirst = (entry: ListedEngine): string => (entry.sound ? entry.engine.installedAt : '');
  return listed.sort((a, b) => newestFirst(b).localeCompare(newestFirst(a)));
}

/** The folders that are called as engines are, whatever is in them. */
export const enginesIn = async (parent: string): Promise<string[]> => {
  const names = await readdir(parent).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw engineDiskError(error, 'read', parent);
  });
  return names.filter((name) => /^tensorflow-[\w.-]+$/.test(name)).map((name) => join(parent, name));
};

/** An engine as its manifest says it is. */
export function engineOf(
  folder: string,
  { kind, way, version, source, installedAt, libraryPath, files, proof }: Manifest,
): Engine {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const absolute = libraryPath.map((path) => join(folder, path));
  return { folder, kind, way, version, source, installedAt, bytes, libraryPath: absolute, proof };
}
