import { spawn } from 'node:child_process';
import { root } from './root.mjs';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/**
 * Runs a program in the project's folder and waits for its end. `quiet` keeps what it prints, for the one who has to say
 * why it failed; else it prints where we do. Its exit code is null when it could not be started, was killed or took longer
 * than `limitMs`. A signal that ends us ends it first, with all that it has started.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ quiet?: boolean, limitMs?: number, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 * @returns {Promise<{ code: number | null, output: string, timedOut: boolean }>}
 */
export function run(program, args, { quiet = false, limitMs, env = process.env, shell = false } = {}) {
  return new Promise((done) => {
    // a group of its own, so that it can be ended as a whole; what prints stays in the terminal's
    const ownGroup = quiet && process.platform !== 'win32';
    const stream = quiet ? 'pipe' : 'inherit';
    const child = spawn(program, args, { cwd: root, env, shell, stdio: ['ignore', stream, stream], detached: ownGroup });

    let output = '';
    const keep = (chunk) => (output += chunk);
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);

    const end = () => {
      try {
        if (ownGroup) process.kill(-child.pid, 'SIGKILL');
        else child.kill();
      } catch {
        // it has just ended by itself
      }
    };
    let timedOut = false;
    const expire = () => {
      timedOut = true;
      end();
    };
    const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
    const leave = (signal) => {
      end();
      process.exit(128 + SIGNALS[signal]);
    };
    for (const signal of Object.keys(SIGNALS)) process.on(signal, leave);

    const finish = (code, more) => {
      clearTimeout(timer);
      for (const signal of Object.keys(SIGNALS)) process.off(signal, leave);
      done({ code: timedOut ? null : code, output: output + more, timedOut });
    };
    child.on('error', (error) => finish(null, error.message));
    child.on('close', (code) => finish(code, ''));
  });
}

/**
 * npm, by whichever way this process was started: npm's own file where npm started it, else the command. `node` is what
 * npm's file runs on; else what it ran on.
 */
export function runNpm(args, { node = process.env.npm_node_execpath ?? process.execPath, ...options } = {}) {
  const file = process.env.npm_execpath;
  if (file?.endsWith('npm-cli.js')) return run(node, [file, ...args], options);
  const windows = process.platform === 'win32'; // npm is a .cmd there, which only a shell starts
  return run(windows ? 'npm.cmd' : 'npm', args, { ...options, shell: windows });
}
