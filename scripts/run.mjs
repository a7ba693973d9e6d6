import { spawn } from 'node:child_process';
import { root } from './root.mjs';

/**
 * Runs a program in the project's folder and waits for its end. `quiet` keeps what it prints, for the one who has to say
 * why it failed; else it prints where we do. Its exit code is null when it could not be started, was killed or took longer
 * than `limitMs`.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ quiet?: boolean, limitMs?: number, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 * @returns {Promise<{ code: number | null, output: string, timedOut: boolean }>}
 */
export function run(program, args, { quiet = false, limitMs, env = process.env, shell = false } = {}) {
  return new Promise((done) => {
    let output = '';
    let timedOut = false;
    const child = spawn(program, args, {
      cwd: root,
      env,
      shell,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      // a group of its own, so that a time limit ends the children of its children too
      detached: limitMs !== undefined && process.platform !== 'win32',
    });
    const end = () => {
      if (process.platform === 'win32' || child.pid === undefined) child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    };
    const expire = () => {
      timedOut = true;
      end();
    };
    const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
    // Ctrl-C does not reach another group by itself
    const interrupt = () => {
      end();
      process.exit(130);
    };
    if (limitMs !== undefined) process.once('SIGINT', interrupt);
    const keep = (chunk) => (output += chunk);
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => finish(null, error.message));
    child.on('close', (code) => finish(code, ''));
    function finish(code, more) {
      clearTimeout(timer);
      process.off('SIGINT', interrupt);
      done({ code: timedOut ? null : code, output: output + more, timedOut });
    }
  });
}

/** npm, by whichever way this process was started: npm's own file where npm started it, else the command. */
export function runNpm(args, options) {
  const file = process.env.npm_execpath;
  if (file?.endsWith('npm-cli.js')) return run(process.env.npm_node_execpath ?? process.execPath, [file, ...args], options);
  const windows = process.platform === 'win32'; // npm is a .cmd there, which only a shell starts
  return run(windows ? 'npm.cmd' : 'npm', args, { ...options, shell: windows });
}
