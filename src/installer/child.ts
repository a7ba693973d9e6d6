/** Other programs: run to their end, or ended with all that they have started. */
import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  signal?: AbortSignal | undefined;
  /** ended after this time, in milliseconds */
  limitMs?: number;
}

export interface Ended {
  /** null when it was killed, or could not be started */
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  stdout: string;
  stderr: string;
}

/** So much of what a program says is kept, from its end. */
const KEPT = 262_144;

/**
 * Runs a program and waits for its end. One that can't be started has code null, and the reason in stderr. Rejects with the
 * signal's reason when it is aborted, after the program and all that it started are dead.
 */
export async function runChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const { signal, limitMs, cwd, env = process.env } = options;
  signal?.throwIfAborted();
  const windows = process.platform === 'win32';
  // a group of its own, so that it can be ended as a whole
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: !windows, windowsHide: true });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] = (said[name] + text).slice(-KEPT)));

  let timedOut = false;
  const end = (): void => endTree(child);
  const expire = (): void => {
    timedOut = true;
    end();
  };
  const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
  signal?.addEventListener('abort', end, { once: true });
  // what ends us without a word to anyone ends it too, where we are asked at all
  process.once('exit', end);
  try {
    const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('error', (error) => {
        said.stderr += error.message;
        if (child.pid === undefined) resolve([null, null]);
      });
      child.once('close', (...ended) => resolve(ended));
    });
    signal?.throwIfAborted();
    return { code, signal: by, timedOut, ...said };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

function endTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended by itself
  }
}
