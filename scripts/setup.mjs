import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findProjectNode, requireNode } from './node-version.mjs';
import { root } from './root.mjs';
import { run, runNpm } from './run.mjs';
import { withSetUpLock } from './setup-lock.mjs';

/** What set-up remembers, so that it does only what is due: gone with node_modules, or with out. */
const INSTALL_STAMP = join(root, 'node_modules', '.from-noise', 'installed');
const BUILD_STAMP = join(root, 'out', '.built');
/** What a build must leave behind. */
const BUILT = [
  ...['index', 'cli', 'trainer', 'onnx-worker', 'engine-proof', 'tensorflow-worker'].map((entry) => `out/main/${entry}.js`),
  'out/main/golden.safetensors',
  'out/preload/index.cjs',
  'out/renderer/index.html',
];
/** What a build is made of. */
const SOURCES = ['src', 'resources', 'electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.base.json'];

/** A step of the set-up failed. The message is for people and says what to do. */
export class SetUpError extends Error {}

/**
 * Makes a bare clone ready: installs from the lock file, fetches the project's Node, builds; each only when it is due.
 * `say` is told before each step. Returns the project's Node. Throws a SetUpError.
 */
export async function setUp(say) {
  const node = await install(say);
  await build(node, say);
  return node;
}

/** All of the set-up but the build. Returns the project's Node. Throws a SetUpError. */
export async function install(say) {
  requireNode();
  const installed = () => readStamp(INSTALL_STAMP) === packagesStamp();
  const ready = installed() ? findProjectNode() : undefined;
  if (ready !== undefined) return ready;
  return withSetUpLock(say, async () => {
    const from = nodeOutside();
    try {
      if (!installed()) await installPackages(say, from.options);
      const node = findProjectNode() ?? (await fetchNode(say, from.options));
      linkCommand();
      return node;
    } finally {
      from.dispose();
    }
  });
}

/**
 * How npm is run so that it can replace node_modules whole: with the project's own Node first in the path, as a contributor
 * has it, npm runs on a file in there, which is copied out for as long as that takes.
 */
function nodeOutside() {
  const runsOn = process.env.npm_node_execpath ?? process.execPath;
  if (!runsOn.startsWith(join(root, 'node_modules') + sep)) return { options: {}, dispose: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'from-noise-node-'));
  const node = join(folder, basename(runsOn));
  copyFileSync(runsOn, node);
  const PATH = [folder, process.env.PATH ?? ''].join(delimiter);
  return {
    options: { node, env: { ...process.env, PATH, npm_node_execpath: node } },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const packagesStamp = () => `${process.platform} ${process.arch} ${hashOf(['package-lock.json'])}`;

async function installPackages(say, options) {
  say('Installing the packages of package-lock.json (a minute or so)');
  const { code, output } = await runNpm(['ci'], { quiet: true, ...options });
  if (code !== 0)
    throw new SetUpError(
      `npm ci did not succeed:\n${start(output)}\nIt needs the npm registry: check the connection, and start again.`,
    );
  // warnings, if there are any, are for people too
  if (/\bwarn/i.test(output)) say(output.trim());
  writeStamp(INSTALL_STAMP, packagesStamp());
}

async function fetchNode(say, options) {
  say('Fetching Node 24, which the project runs on');
  // what an interrupted try left is in the way of the next
  rmSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true, force: true });
  const { output } = await runNpm(['rebuild', 'node', '--ignore-scripts=false'], { quiet: true, ...options });
  const node = findProjectNode();
  if (node === undefined)
    throw new SetUpError(
      `Node 24 could not be fetched:\n${start(output)}\nIt comes as an npm package: check the connection, or start again on a Node 24 of your own.`,
    );
  return node;
}

/** `npx from-noise` finds the command here; without it, npx would install a copy of the project first. */
function linkCommand() {
  const link = join(root, 'node_modules', '.bin', 'from-noise');
  if (process.platform === 'win32' || existsSync(link)) return;
  rmSync(link, { force: true });
  symlinkSync('../../scripts/from-noise.mjs', link);
}

/** Builds with electron-vite into out/ when the sources, or what was built, have changed since. Throws a SetUpError. */
export async function build(node, say) {
  const upToDate = () => readStamp(BUILD_STAMP) === `${hashOf(SOURCES)} ${builtState()}`;
  if (upToDate()) return;
  await withSetUpLock(say, async () => {
    if (upToDate()) return; // another process has built meanwhile
    const sources = hashOf(SOURCES); // as they are before, should one be saved meanwhile
    say('Building (half a minute or so)');
    const electronVite = join('node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const { code, output } = await run(node, [electronVite, 'build'], { quiet: true });
    if (code !== 0 || builtState() === undefined) throw new SetUpError(`The build did not succeed:\n${output}`);
    if (/\bwarn/i.test(output)) say(output.trim());
    writeStamp(BUILD_STAMP, `${sources} ${builtState()}`);
  });
}

/** When each built file was written: another build than ours, a development server's, tells by it. */
function builtState() {
  const files = BUILT.map((file) => join(root, file));
  return files.every((file) => existsSync(file)) ? files.map((file) => statSync(file).mtimeMs).join(' ') : undefined;
}

/** A hash over files and folders, by name and content; tests and fixtures are no part of a build. */
function hashOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const file = join(root, path);
    if (!existsSync(file)) return;
    if (statSync(file).isDirectory()) {
      for (const name of readdirSync(file).sort()) if (name !== 'fixtures' && !name.includes('.test.')) add(`${path}/${name}`);
    } else hash.update(`${path}\0`).update(readFileSync(file)).update('\0');
  };
  paths.forEach(add);
  return hash.digest('hex');
}

/** npm says its reason first, and then much else. */
const start = (output) => output.trim().split('\n').slice(0, 15).join('\n');

const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
function writeStamp(file, text) {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

/** For the scripts: sets up, or says why not and ends the process. */
export async function setUpOrExit(say) {
  try {
    return await setUp(say);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUpOrExit((line) => console.log(line));
  console.log('Set up: `npm start` opens the studio.');
}
