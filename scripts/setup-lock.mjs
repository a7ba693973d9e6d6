import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** Names the process that sets up. Not in node_modules, which an installation begins by removing. */
const LOCK = join(root, '.cache', 'setup.lock');
const POLL_MS = 500;

/** Does `work` while no other process sets up: two installations in one folder break each other. */
export async function withSetUpLock(say, work, lock = LOCK) {
  mkdirSync(join(lock, '..'), { recursive: true });
  for (let told = false; !take(lock); told = true) {
    if (!told) say('Waiting for the set-up that another process is doing');
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (isAbandoned(lock)) rmSync(lock, { force: true });
  return false;
}

/** Whether the process that took the lock is gone. */
function isAbandoned(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // a process that ends between making the file and writing into it leaves it empty
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH'; // else it has just been released, or is another user's
  }
}
