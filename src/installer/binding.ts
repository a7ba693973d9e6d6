/** The native binding between Node and TensorFlow: two C++ files of tfjs-node-gpu, compiled here. */
import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { runChild } from './child.ts';
import { diskFull, meansDiskFull } from './engine-error.ts';
import { librariesFolder, packageFolder } from './folder.ts';
import { libraryNames } from './libraries.ts';
import { Unavailable, type WayContext } from './ways/way.ts';

const CHECK_MS = 30_000;
const COMPILE_MS = 10 * 60_000;
const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
/** Node-API is stable: a binding for this version runs on every Node since 16, and in Electron. */
const NAPI_VERSION = 8;

/** A C++ compiler that answers. Throws Unavailable when there is none. */
export async function findCompiler(signal?: AbortSignal): Promise<string> {
  if (process.platform === 'win32') throw new Unavailable('the binding is not compiled on Windows');
  // macOS' own c++ is a stub that opens a window where the tools are not installed
  const isStub =
    process.platform === 'darwin' && (await runChild('xcode-select', ['-p'], { signal, limitMs: CHECK_MS })).code !== 0;
  if (!isStub)
    for (const name of ['c++', 'g++', 'clang++'])
      if ((await runChild(name, ['--version'], { signal, limitMs: CHECK_MS })).code === 0) return name;
  throw new Unavailable('there is no C++ compiler (c++, g++ or clang++)');
}

/** Puts a header of TensorFlow (`tensorflow/c/c_api.h`) at a path, if there is one of that name. */
export type ProvideHeader = (header: string, path: string) => Promise<void>;

/**
 * Compiles the binding inside an engine's package, whose libraries are there already, and links it with them. Of
 * TensorFlow's thousands of headers it is given those that the compiler itself names.
 * Throws Unavailable with the compiler's first complaint, StudioError `disk-full`, or the signal's reason.
 */
export async function compileBinding(
  compiler: string,
  { engine, scratch, onProgress, signal }: Pick<WayContext, 'engine' | 'scratch' | 'onProgress' | 'signal'>,
  provide: ProvideHeader,
): Promise<void> {
  onProgress('compile', 0, 0);
  const include = join(scratch, 'include');
  const cwd = packageFolder(engine);
  const target = join(cwd, 'lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node');
  await mkdir(join(target, '..'), { recursive: true });
  await mkdir(include, { recursive: true });
  const flags = [
    '-std=c++17',
    `-DNAPI_VERSION=${NAPI_VERSION}`,
    '-I',
    join(engine, 'node_modules', 'node-api-headers', 'include'),
    '-I',
    include,
  ];
  const compile = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, LC_ALL: 'C', TMPDIR: scratch };
    const ended = await runChild(compiler, [...flags, ...args], { cwd, env, signal, limitMs: COMPILE_MS });
    if (meansDiskFull(ended.stderr)) throw diskFull(engine);
    if (ended.code === 0) return ended.stdout;
    const complaint =
      ended.stderr.split('\n').find((line) => /\b(error|undefined)\b/i.test(line)) ?? ended.stderr.split('\n')[0] ?? '';
    throw new Unavailable(`${compiler} could not compile the binding: ${complaint.trim().slice(0, 200)}`);
  };

  await provideHeaders(() => compile('-M', '-MG', ...SOURCES), include, provide);
  const libraries = await realpath(librariesFolder(engine));
  const rpath = process.platform === 'darwin' ? '@loader_path/../../deps/lib' : '$ORIGIN/../../deps/lib';
  await compile(
    ...['-O2', '-fPIC', ...(process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'])],
    ...[...SOURCES, '-o', target, ...libraryNames.map((name) => join(libraries, name)), `-Wl,-rpath,${rpath}`],
  );
}

/** A header may ask for further ones: asks again until none is new. What can't be provided is the compiler's to complain about. */
async function provideHeaders(listed: () => Promise<string>, include: string, provide: ProvideHeader): Promise<void> {
  const asked = new Set<string>();
  // what is found has an absolute path, or lies beside the sources
  const isMissing = (name: string): boolean =>
    !isAbsolute(name) && !name.startsWith('binding/') && !name.split('/').includes('..');
  for (;;) {
    const missing = new Set(namesIn(await listed()).filter((name) => isMissing(name) && !asked.has(name)));
    if (missing.size === 0) return;
    for (const header of missing) {
      asked.add(header);
      await provide(header, join(include, header));
    }
  }
}

/** The files that a rule of make names after its target: `tfjs_backend.o: a.cc b.h \`. */
const namesIn = (rules: string): string[] =>
  rules
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .flatMap((rule) => rule.replace(/^\S+:/, '').split(/\s+/))
    .filter((name) => name !== '');
