import { fork } from 'node:child_process';
import process from 'node:process';

/** The studio's end of a trainer process, whatever kind of process it is. Made by the shell: fork in Node, utilityProcess in Electron. */
export interface TrainerChannel {
  /** May be called after the process is gone; the message is lost then. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** `code` is null when a signal ended it. Called once. */
  onExit(listener: (code: number | null) => void): void;
  kill(): void;
  readonly pid: number | undefined;
}

/** Starts a trainer as a plain Node process. `entry` is the file of src/trainer/main.ts, or what it was built to. */
export function forkTrainer(entry: string, environment: Readonly<Record<string, string>> = {}): TrainerChannel {
  // execArgv empty: the parent may itself run under a test runner's or a debugger's flags.
  // Standard output is the parent's alone, and may be read by a program: what a trainer prints goes to standard error
  const child = fork(entry, [], {
    execArgv: [],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced', // typed arrays cross as they are
  });
  child.on('error', () => undefined); // a failed send or kill: `exit` says the rest
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      child.on('exit', listener);
      // a process that could not be started has no exit
      if (child.pid === undefined) setImmediate(listener, null);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
