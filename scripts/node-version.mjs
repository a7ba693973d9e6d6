import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';

/** What npm and the scripts need. Everything else runs on NODE_MAJOR, which set-up fetches. */
const SMALLEST = [20, 19];
const NODE_MAJOR = 24;

/** Ends the process with a sentence when it runs on a Node that is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > SMALLEST[0] || (major === SMALLEST[0] && minor >= SMALLEST[1])) return;
  console.error(`From Noise needs Node ${SMALLEST.join('.')} or newer, and this is Node ${process.versions.node}.`);
  console.error('Get a newer one from https://nodejs.org and start again.');
  process.exit(1);
}

/** Throws unless this process runs on the project's own Node: what is only tested on it should not half work on another. */
export function requireProjectNode() {
  if (majorOf(process.version) !== NODE_MAJOR)
    throw new Error(
      `This runs on Node ${NODE_MAJOR}, and this is Node ${process.versions.node}. ` +
        `Use the npm scripts (npm test, npm run …), or put node_modules/.bin first in PATH.`,
    );
}

const majorOf = (version) => Number(/^v(\d+)\./.exec(version.trim())?.[1]);

/** The project's Node: the one that set-up fetched, or this one where it is of the same version. Undefined when there is none. */
export function findProjectNode() {
  const fetched = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  for (const node of [fetched, process.execPath]) {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (majorOf(stdout ?? '') === NODE_MAJOR) return node;
  }
  return undefined;
}
