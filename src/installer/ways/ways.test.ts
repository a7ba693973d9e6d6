import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, Proof } from '../engine.ts';
import { librariesFolder, packageFolder } from '../folder.ts';
import { installInto, type InstallOptions } from '../install.ts';
import { libraryNames } from '../libraries.ts';
import type { PinnedWheel } from '../pinned-wheels.ts';
import { writePrograms } from '../testing/programs.ts';
import { zipOf } from '#library/testing/zip.ts';
import { pythonWay } from './python.ts';
import { scriptWay } from './script.ts';
import type { Way } from './way.ts';
import { wheelsWay } from './wheels.ts';

let folder: string;
/** all of PATH */
let programs: string;
let parent: string;
/** what pip would fetch, and what a person may carry over */
let wheelFolder: string;
let pins: PinnedWheel[][];

const FILE = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
const LIBRARY = libraryNames[0]!;

/** Compilers: a list of headers for -M, which grows as they are found, and a binding otherwise. */
const compiler = `
case " $* " in
*' --version '*) echo 'c++ 1.0'; exit 0;;
*' -M '*)
  dir=; for a; do [ "$last" = -I ] && dir=$a; last=$a; done
  echo 'tfjs_backend.o: binding/tfjs_backend.cc \\\\'
  echo ' tensorflow/c/c_api.h /usr/include/stdio.h'
  [ -f "$dir/tensorflow/c/c_api.h" ] && echo 'tfjs_binding.o: binding/tfjs_binding.cc tensorflow/c/tf_status.h ../../../evil.h'
  exit 0;;
esac
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
for lib in ${libraryNames.join(' ')}; do [ -f deps/lib/$lib ] || { echo "ld: error: no $lib" >&2; exit 1; }; done
echo binding > "$out"`;
/** python3 whose pip copies a wheel from WHEELS, and does what PIP says before. */
const python = `
case "$*" in
*--version*) exit 0;;
*'-m pip download'*) ;;
*) exit 1;;
esac
while [ $# -gt 0 ]; do
  [ "$1" = --dest ] && dest=$2
  [ "$1" = --requirement ] && read -r requirement < "$2"
  shift
done
echo "$requirement" >> "$WHEELS/../asked"
case "$PIP" in
offline) echo "WARNING: Retrying (Retry(total=1)) after connection broken" >&2; echo "ERROR: No matching distribution" >&2; exit 1;;
full) echo "ERROR: Could not install: [Errno 28] No space left on device" >&2; exit 1;;
hash) echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2; exit 1;;
hang) echo torn > "$TMPDIR/torn"; /bin/sleep 60;;
esac
/bin/cp "$WHEELS"/*.whl "$dest"`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ways-'));
  [programs, parent, wheelFolder] = ['bin', 'engines', 'wheels'].map((name) => join(folder, name)) as [string, string, string];
  await mkdir(wheelFolder);
  const wheel = zipOf([
    ...libraryNames.map((name) => ({ name: `tensorflow/${name}`, content: `elf ${name}` })),
    ...['c/c_api.h', 'c/tf_status.h', 'c/unused.h'].map((name) => ({
      name: `tensorflow/include/tensorflow/${name}`,
      content: 'int;',
    })),
    { name: 'tensorflow/python/unused.py', content: 'pass' },
  ]);
  await writeFile(join(wheelFolder, FILE), wheel);
  const sha256 = createHash('sha256').update(wheel).digest('hex');
  const tags = { python: 'cp311', abi: 'cp311', system: 'manylinux_2_27_x86_64' };
  pins = [[{ file: FILE, bytes: wheel.length, sha256, project: 'tensorflow-cpu', version: '2.21.0', ...tags }]];
  await writePrograms(programs, { 'c++': compiler, python3: python });
  vi.stubEnv('PATH', programs);
  vi.stubEnv('WHEELS', wheelFolder);
  vi.stubEnv('PIP', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const proof: Proof = { at: '', device: 'tensorflow-cpu', engine: 'TensorFlow 2.21.0', checks: 10, worst: 0.2 };
/** The npm package, in whose place a script may stand for the one that fetches from Google. */
const furnish =
  (script = '') =>
  async (engine: string): Promise<void> => {
    for (const part of ['binding', 'scripts']) await mkdir(join(packageFolder(engine), part), { recursive: true });
    await writeFile(join(packageFolder(engine), 'scripts', 'install.js'), script);
  };
const install = (ways: Way[], options: Partial<InstallOptions> = {}, script = ''): Promise<Engine> =>
  installInto(parent, { ways, furnish: furnish(script), prove: () => Promise.resolve(proof) }, { kind: 'cpu', ...options });
const byWheel = (options: Partial<InstallOptions> = {}): Promise<Engine> => install([wheelsWay(() => pins)], options);
const nothingLeft = async (): Promise<void> => expect(await readdir(parent)).toEqual([]);
const libraryOf = (engine: Engine): Promise<string> => readFile(join(librariesFolder(engine.folder), LIBRARY), 'utf8');

describe.skipIf(process.platform === 'win32')("PyPI's wheel", () => {
  it('is fetched by pip with its hash, and gives libraries, binding and nothing else', async () => {
    const stages = new Set<string>();
    const engine = await byWheel({ onProgress: (stage) => stages.add(stage) });
    expect(await libraryOf(engine)).toBe(`elf ${LIBRARY}`);
    expect(await readFile(join(packageFolder(engine.folder), 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('binding\n');
    expect(
      (await readdir(packageFolder(engine.folder), { recursive: true })).filter((name) => /\.(h|py|whl)$/.test(name)),
    ).toEqual([]);
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(`tensorflow-cpu==2.21.0 --hash=sha256:${pins[0]![0]!.sha256}\n`);
    expect([...stages]).toEqual(['look', 'download', 'unpack', 'compile', 'check']);
    expect(engine).toMatchObject({ way: 'wheel', version: '2.21.0', source: FILE });
  });

  it.each([
    ['offline', 'PyPI can not be reached'],
    ['hash', 'what pip was given as tensorflow-cpu has another hash than it should'],
  ])('leads nowhere, in a few words, when pip is %s', async (how, reason) => {
    vi.stubEnv('PIP', how);
    await expect(byWheel()).rejects.toMatchObject({
      code: 'device',
      message: expect.stringContaining(`PyPI's wheel: ${reason}.`) as string,
    });
    await nothingLeft();
  });

  it('tells a full disk, whether pip meets it or the compiler', async () => {
    vi.stubEnv('PIP', 'full');
    await expect(byWheel()).rejects.toMatchObject({ code: 'disk-full' });
    vi.stubEnv('PIP', '');
    await writePrograms(programs, {
      'c++': 'case "$*" in *--version*) exit 0;; esac; echo "as: No space left on device" >&2; exit 1',
    });
    await expect(byWheel()).rejects.toMatchObject({ code: 'disk-full' });
    await nothingLeft();
  });

  it('is not fetched where there is no compiler', async () => {
    await rm(join(programs, 'c++'));
    await expect(byWheel()).rejects.toMatchObject({ message: expect.stringContaining('there is no C++ compiler') as string });
    expect(await readdir(folder)).not.toContain('asked');
  });

  it('needs pip, by whichever name', async () => {
    await rm(join(programs, 'python3'));
    await expect(byWheel()).rejects.toMatchObject({ message: expect.stringContaining('there is no pip') as string });
    await writePrograms(programs, { pip: python.replace('-m pip download', 'download') });
    expect((await byWheel()).way).toBe('wheel');
  });

  it('says what the compiler complains of', async () => {
    await writePrograms(programs, {
      'c++': 'case "$*" in *--version*) exit 0;; esac; echo "a.cc:1: fatal error: node_api.h: No such file" >&2; exit 1',
    });
    await expect(byWheel()).rejects.toMatchObject({ message: expect.stringContaining('fatal error: node_api.h') as string });
    await nothingLeft();
  });

  it.each(['download', 'compile'] as const)('can be cancelled at the stage %s, and tried again', async (at) => {
    if (at === 'download') vi.stubEnv('PIP', 'hang');
    else await writePrograms(programs, { 'c++': 'case "$*" in *--version*) exit 0;; esac; /bin/sleep 60' });
    const abort = new AbortController();
    const reached = Promise.withResolvers<undefined>();
    const installing = byWheel({
      signal: abort.signal,
      onProgress: (stage, done) => {
        if (stage === at && (at === 'compile' || done > 0)) reached.resolve(undefined);
      },
    });
    const settled = expect(installing).rejects.toMatchObject({ name: 'AbortError' });
    await reached.promise;
    abort.abort();
    await settled;
    await nothingLeft();
    vi.stubEnv('PIP', '');
    await writePrograms(programs, { 'c++': compiler });
    expect((await byWheel()).way).toBe('wheel');
  });
});

describe.skipIf(process.platform === 'win32')('a folder with wheels', () => {
  it('takes the place of pip', async () => {
    await rm(join(programs, 'python3'));
    const engine = await byWheel({ from: wheelFolder });
    expect(await libraryOf(engine)).toBe(`elf ${LIBRARY}`);
    expect(await readdir(wheelFolder)).toEqual([FILE]);
  });

  it('is refused, naming the file, when one is missing, damaged or cut short', async () => {
    await expect(byWheel({ from: join(folder, 'nowhere') })).rejects.toMatchObject({ code: 'not-found' });
    await expect(byWheel({ from: programs })).rejects.toMatchObject({ code: 'not-found', message: `${programs} lacks ${FILE}.` });
    const file = join(wheelFolder, FILE);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]));
    await expect(byWheel({ from: wheelFolder })).rejects.toMatchObject({
      message: expect.stringMatching(/is damaged.*sha256/) as string,
    });
    await appendFile(file, 'x');
    await expect(byWheel({ from: wheelFolder })).rejects.toMatchObject({
      message: expect.stringMatching(/is damaged.*bytes instead of/) as string,
    });
    await nothingLeft();
  });
});

describe.skipIf(process.platform === 'win32')("a Python's TensorFlow", () => {
  let tensorflow: string;
  beforeEach(async () => {
    tensorflow = join(folder, 'site-packages', 'tensorflow');
    await mkdir(join(tensorflow, 'include/tensorflow/c'), { recursive: true });
    for (const name of ['c_api.h', 'tf_status.h']) await writeFile(join(tensorflow, 'include/tensorflow/c', name), 'int;');
    for (const name of libraryNames) await writeFile(join(tensorflow, name), `elf ${name}`);
    await writeFile(join(folder, 'evil.h'), 'int;');
    await writePrograms(programs, { python3: `echo '{"folder": "${tensorflow}", "version": "2.20.0"}'` });
  });

  it('lends its libraries, and stays when the engine goes', async () => {
    const engine = await install([pythonWay]);
    expect(await libraryOf(engine)).toBe(`elf ${LIBRARY}`);
    expect(engine).toMatchObject({ way: 'python', version: '2.20.0', source: tensorflow });
    // a header that a compiler names outside of its folder
    expect(await readdir(parent)).toEqual([basename(engine.folder)]);
    await rm(engine.folder, { recursive: true });
    expect(await readFile(join(tensorflow, LIBRARY), 'utf8')).toBe(`elf ${LIBRARY}`);
  });

  it('brings the parts of CUDA beside it for a GPU', async () => {
    const cudnn = join(folder, 'site-packages/nvidia/cudnn/lib');
    await mkdir(cudnn, { recursive: true });
    await writeFile(join(cudnn, 'libcudnn.so.9'), 'elf');
    const { libraryPath } = await install([pythonWay], { kind: 'gpu' });
    expect(libraryPath).toHaveLength(1);
    expect(await readFile(join(libraryPath[0]!, 'libcudnn.so.9'), 'utf8')).toBe('elf');
    expect(await readdir(dirname(dirname(libraryPath[0]!)))).toEqual(['cudnn']);
  });

  it('is not there, or not whole, in a few words', async () => {
    await rm(join(tensorflow, LIBRARY));
    await expect(install([pythonWay])).rejects.toMatchObject({
      message: expect.stringContaining(`${tensorflow} has no ${LIBRARY}`) as string,
    });
    await writePrograms(programs, { python3: `echo '{"folder": "", "version": ""}'` });
    await expect(install([pythonWay])).rejects.toMatchObject({ message: expect.stringContaining('Python has none') as string });
    await chmod(join(programs, 'python3'), 0o644);
    await expect(install([pythonWay])).rejects.toMatchObject({
      message: expect.stringContaining('there is no Python') as string,
    });
  });
});

describe("the npm package's own script", () => {
  it('makes an engine of what it fetches, for the processor or a GPU', async () => {
    const script = `
      const fs = require('fs');
      fs.mkdirSync('deps/lib', { recursive: true });
      fs.writeFileSync('deps/lib/${LIBRARY}', process.argv.slice(2).join(' '));`;
    const engine = await install([scriptWay], {}, script);
    expect(engine).toMatchObject({ way: 'script', version: '2.9.1' });
    expect(await libraryOf(engine)).toBe('cpu download');
    expect(await libraryOf(await install([scriptWay], { kind: 'gpu' }, script))).toBe('gpu download');
  });

  it.each([
    ["Object.assign(new Error('getaddrinfo ENOTFOUND storage.example'), {})", 'storage.example can not be reached'],
    ["new Error('connect ECONNREFUSED 127.0.0.1:9')", 'storage.googleapis.com can not be reached'],
    ["new Error('Unsupported system: cpu-sunos-sparc')", 'Unsupported system: cpu-sunos-sparc'],
  ])('leads nowhere, in a few words, at %s', async (error, reason) => {
    await expect(install([scriptWay], {}, `throw ${error}`)).rejects.toMatchObject({
      message: expect.stringContaining(`script: ${reason}.`) as string,
    });
    await nothingLeft();
  });

  it('can be cancelled', async () => {
    const abort = new AbortController();
    const options = { signal: abort.signal, onProgress: (_stage: string, bytes: number) => bytes > 0 && abort.abort() };
    const script = "require('fs').writeFileSync('deps', 'torn'); setInterval(() => {}, 1000)";
    await expect(install([scriptWay], options as Partial<InstallOptions>, script)).rejects.toMatchObject({ name: 'AbortError' });
    await nothingLeft();
  });
});
