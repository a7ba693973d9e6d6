import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';

/** A slow connection may take its time, but not all of a test's. */
const LIMIT_MS = 8 * 60_000;

/**
 * A folder with TensorFlow for the tests: the one that FROM_NOISE_TENSORFLOW names, the installed one, or one that is
 * installed now. Where it can't be had, in words why.
 *
 * @returns {Promise<{ folder: string } | { why: string }>}
 */
export async function provideTensorFlow(node, say) {
  const listed = await ask(node, ['list']);
  const used = listed.find(({ type, used }) => type === 'engine' && used);
  if (used !== undefined) return { folder: used.folder };

  say('Installing TensorFlow for its tests (274 MB, once for a person)');
  const said = await ask(node, ['install', 'tensorflow']);
  const installed = said.find(({ type }) => type === 'installed');
  if (installed !== undefined) return { folder: installed.folder };
  if (said.some(({ type }) => type === 'cancelled')) return { why: `it took longer than ${LIMIT_MS / 60_000} minutes` };
  return { why: said.find(({ type }) => type === 'error')?.message ?? 'the command line did not say' };
}

/** What `from-noise engine … --json` says, run from its sources. Asked to end, it leaves nothing half installed. */
function ask(node, args) {
  return new Promise((done) => {
    const child = spawn(node, [join('src', 'cli', 'main.ts'), 'engine', ...args, '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    const timer = setTimeout(() => child.kill('SIGTERM'), LIMIT_MS);
    // in a terminal Ctrl-C reaches it by itself; we wait until it has cleaned up
    let ending;
    const end = (signal) => {
      ending = signal;
      if (signal === 'SIGTERM') child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
    child.on('close', () => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, end);
      if (ending !== undefined) process.kill(process.pid, ending);
      else done([...output.split('\n').flatMap(parsed), { type: 'error', message: errors.trim().split('\n')[0] }]);
    });
  });
}

function parsed(line) {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
