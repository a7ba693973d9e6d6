/** Manifests: written last, since an engine without one was never finished; compared with what lies on the disk. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '#library/disk-error.ts';
import { replaceFile } from '#library/atomic-file.ts';
import { manifestSchema, type Manifest } from './engine.ts';
import { manifestFile } from './folder.ts';
import { sha256Of } from './wheel.ts';

/** Smaller files reach the disk in one piece or not at all, which their sizes tell. In bytes. */
const WORTH_FLUSHING = 100_000;

/** Hashes all files of an engine, flushes the large ones, and writes its manifest. */
export async function seal(engine: string, about: Omit<Manifest, 'format' | 'files'>, signal?: AbortSignal): Promise<Manifest> {
  const files: Manifest['files'] = [];
  for (const path of await filesOf(engine)) {
    signal?.throwIfAborted();
    const file = join(engine, path);
    const { size, mtimeMs } = await stat(file);
    if (size >= WORTH_FLUSHING) await flush(file);
    files.push({ path, bytes: size, modified: Math.round(mtimeMs), sha256: await sha256Of(file, signal) });
  }
  const manifest: Manifest = { format: 1, ...about, files };
  await replaceFile(manifestFile(engine), JSON.stringify(manifest));
  return manifest;
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync();
  await handle.close();
}

/** With forward slashes, in order. */
async function filesOf(engine: string, below = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const item of await readdir(join(engine, below), { withFileTypes: true })) {
    const path = below === '' ? item.name : `${below}/${item.name}`;
    if (item.isDirectory()) paths.push(...(await filesOf(engine, path)));
    else if (item.isFile()) paths.push(path);
  }
  return paths.sort();
}

export type Examination = { sound: true; manifest: Manifest } | { sound: false; reason: string };

/**
 * Whether an engine is as it was when it was finished: its files' sizes and times, and the hash of a file whose time is
 * another; of all files when `thorough`. `reason` is a part of a sentence.
 */
export async function examine(engine: string, thorough = false): Promise<Examination> {
  const damaged = (reason: string): Examination => ({ sound: false, reason });
  let text: string;
  try {
    text = await readFile(manifestFile(engine), 'utf8');
  } catch (error) {
    return damaged(
      systemCode(error) === 'ENOENT'
        ? 'its installation was not finished'
        : `engine.json can't be read (${systemCode(error) ?? ''})`,
    );
  }
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) return damaged('engine.json is damaged, or of another version of From Noise');
  for (const { path, bytes, modified, sha256 } of parsed.data.files) {
    const found = await stat(join(engine, path)).catch(() => undefined);
    if (found?.isFile() !== true) return damaged(`${path} is missing`);
    if (found.size !== bytes)
      return damaged(`${path} has ${found.size.toLocaleString('en')} bytes instead of ${bytes.toLocaleString('en')}`);
    if (!thorough && Math.round(found.mtimeMs) === modified) continue;
    const hash = await sha256Of(join(engine, path)).catch(() => undefined);
    if (hash !== sha256) return damaged(`${path} has changed`);
  }
  return { sound: true, manifest: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
