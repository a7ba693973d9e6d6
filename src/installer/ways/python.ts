/** The second way: a Python's TensorFlow that is installed already. The binding is compiled here too. */
import { copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemCode } from '#library/disk-error.ts';
import { compileBinding, findCompiler } from '../binding.ts';
import { runChild } from '../child.ts';
import { librariesFolder, nvidiaFolder } from '../folder.ts';
import { libraryNames, nvidiaLibraryPath } from '../libraries.ts';
import { pythons } from '../pip.ts';
import { Unavailable, type Way, type WayContext } from './way.ts';

const CHECK_MS = 30_000;
/** Where it is and which one, without importing it. */
const QUESTION = `
import importlib.util, importlib.metadata, json
found = importlib.util.find_spec('tensorflow')
folder = found and found.submodule_search_locations and list(found.submodule_search_locations)[0]
version = ''
for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-gpu', 'tf-nightly'):
    try:
        version = importlib.metadata.version(name)
        break
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps({'folder': folder or '', 'version': version}))
`;
const answerSchema = z.object({ folder: z.string(), version: z.string() });

export const pythonWay: Way = {
  name: 'python',
  label: "a Python's TensorFlow",
  async go(context) {
    const { kind, engine, from, signal } = context;
    if (from !== undefined) throw new Unavailable('only the given folder was looked into');
    const { folder, version } = await findInstalled(signal);
    const compiler = await findCompiler(signal);
    await takeFiles(folder, libraryNames, librariesFolder(engine), context);
    if (kind === 'gpu') await takeNvidia(join(folder, '..', 'nvidia'), context);
    await compileBinding(compiler, context, async (header, path) => {
      await mkdir(join(path, '..'), { recursive: true });
      await copyFile(join(folder, 'include', header), path).catch(ifThere);
    });
    return { version, source: folder, libraryPath: await nvidiaLibraryPath(engine) };
  },
};

async function findInstalled(signal?: AbortSignal): Promise<{ folder: string; version: string }> {
  let why = 'there is no Python';
  for (const [command, ...options] of pythons) {
    const { code, stdout } = await runChild(command!, [...options, '-c', QUESTION], { signal, limitMs: CHECK_MS });
    if (code !== 0) continue;
    const answer = answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1)!));
    const { folder } = answer;
    if (folder === '') {
      why = 'Python has none';
      continue;
    }
    const lacking = await firstMissing(folder, libraryNames);
    if (lacking === undefined) return answer;
    why = `${folder} has no ${lacking}`;
  }
  throw new Unavailable(why);
}

async function firstMissing(folder: string, names: readonly string[]): Promise<string | undefined> {
  const there = new Set(await readdir(folder).catch(() => []));
  return names.find((name) => !there.has(name));
}

/** Python keeps its files when it is asked to install others, and so do we: on one disk they are linked, else copied. */
async function takeFiles(from: string, names: readonly string[], to: string, { signal, onProgress }: WayContext): Promise<void> {
  await mkdir(to, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(from, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  for (const [i, name] of names.entries()) {
    signal?.throwIfAborted();
    onProgress('unpack', done, total);
    await link(join(from, name), join(to, name)).catch(async (error: unknown) => {
      if (systemCode(error) === 'EEXIST') throw error;
      await rm(join(to, name), { force: true });
      await copyFile(join(from, name), join(to, name));
    });
    done += sizes[i]!;
  }
  onProgress('unpack', total, total);
}

/** The parts of CUDA that pip put beside TensorFlow; none where the system has its own. */
async function takeNvidia(nvidia: string, context: WayContext): Promise<void> {
  for (const part of (await readdir(nvidia).catch(ifThere)) ?? [])
    for (const item of ['lib', 'bin', 'nvvm/libdevice']) {
      const from = join(nvidia, part, item);
      const files = (await readdir(from, { withFileTypes: true }).catch(ifThere)) ?? [];
      await takeFiles(
        from,
        files.filter((file) => file.isFile()).map((file) => file.name),
        join(nvidiaFolder(context.engine), part, item),
        context,
      );
    }
}

/** Nothing where there is nothing. */
function ifThere(error: unknown): undefined {
  if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
  throw error;
}
