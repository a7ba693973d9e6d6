/** tfjs-node-gpu with all that it needs, copied out of the project's own node_modules: npm is not needed for it. */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { PACKAGE } from './folder.ts';

const require = createRequire(import.meta.url);

/**
 * Copies the package and the packages that it depends on, and the headers of Node-API, into `node_modules` of a folder.
 * Throws StudioError `not-found` when they are not installed here; what the disk refuses comes as it is.
 */
export async function copyPackage(engine: string, signal?: AbortSignal): Promise<void> {
  const { root, packages } = await closure();
  const there = new Set<string>();
  for (const [folder, name] of packages) {
    signal?.throwIfAborted();
    const bundle = await bundleOf(folder);
    const places = new Set([relative(root, folder)]);
    // TensorFlow.js takes some packages of its parts without naming them, and finds them where npm happens to put them
    if (!packages.has(join(root, name)) && !there.has(name)) places.add(name);
    there.add(name);
    for (const place of places)
      await copyFolder(folder, join(engine, 'node_modules', place), (path) =>
        bundle === undefined ? !isUnused(path) : path === bundle || (!path.includes('/') && !isUnused(path)),
      );
  }
  const headers = dirname(require.resolve('node-api-headers/package.json'));
  await copyFolder(join(headers, 'include'), join(engine, 'node_modules', 'node-api-headers', 'include'), () => true);
}

/** Types are for compilers; the rest is for TensorFlow.js' command line and for browsers, and 3,000 files. */
const UNUSED = /^(@types\/.*|@webgpu\/types|core-js|regenerator-runtime|yargs|chalk|argparse)$/;

interface PackageJson {
  main?: string;
  dependencies?: Record<string, string>;
}

/** The folders of the packages with their names, and the node_modules that they are in. */
async function closure(): Promise<{ root: string; packages: Map<string, string> }> {
  const first = installedFolder();
  const root = dirname(dirname(first));
  const packages = new Map<string, string>();
  const visit = async (folder: string, name: string): Promise<void> => {
    if (packages.has(folder)) return;
    packages.set(folder, name);
    const { dependencies = {} } = await packageJson(folder);
    for (const needed of Object.keys(dependencies).filter((key) => !UNUSED.test(key)))
      await visit(await dependencyFolder(needed, folder, root), needed);
  };
  await visit(first, PACKAGE);
  return { root, packages };
}

function installedFolder(): string {
  try {
    return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch (cause) {
    throw missing(PACKAGE, cause);
  }
}

const missing = (name: string, cause?: unknown): StudioError =>
  new StudioError('not-found', `The npm package ${name} is not installed.`, 'Run `npm ci` to install it again.', { cause });

/** As Node looks for it: in the package's own node_modules, then in those above. */
async function dependencyFolder(name: string, from: string, root: string): Promise<string> {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = folder === root ? join(root, name) : join(folder, 'node_modules', name);
    if (
      await stat(join(candidate, 'package.json')).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return candidate;
  }
  throw missing(name);
}

const packageJson = async (folder: string): Promise<PackageJson> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson;

/** TensorFlow.js' packages come in a dozen bundles of 150 MB in all, of which Node takes this one. */
async function bundleOf(folder: string): Promise<string | undefined> {
  const { main } = await packageJson(folder);
  return main !== undefined && /^dist\/[\w-]+\.node\.js$/.test(main) ? main : undefined;
}

const isUnused = (path: string): boolean => /\.(map|ts)$|_test\.js$|^node_modules\//.test(path);

/** Copies the files that `wanted` takes by their path with forward slashes. Not by fs.cp, which can't read a packaged application. */
async function copyFolder(from: string, to: string, wanted: (path: string) => boolean, below = ''): Promise<void> {
  const items = await readdir(join(from, below), { withFileTypes: true });
  await mkdir(join(to, below), { recursive: true });
  await Promise.all(
    items.map(async (item) => {
      const path = below === '' ? item.name : `${below}/${item.name}`;
      if (item.isDirectory()) await copyFolder(from, to, wanted, path);
      if (!item.isFile() || !wanted(path)) return;
      await writeFile(join(to, path), await readFile(join(from, path)));
      if (((await stat(join(from, path))).mode & 0o100) !== 0) await chmod(join(to, path), 0o755);
    }),
  );
}
