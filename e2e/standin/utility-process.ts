import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';

/** Standard input is nothing, as in Electron; and ours have a pipe for messages. */
const stdioOf = (stdio: any): any[] => {
  const [, out, error] = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  return ['ignore', out, error, 'ipc'];
};

export const utilityProcess = {
  fork(file: string, args: string[] = [], options: any = {}) {
    const child = fork(file, args, {
      serialization: 'advanced',
      stdio: stdioOf(options.stdio ?? 'inherit'),
      env: options.env ?? process.env,
      execArgv: ['--import', new URL('./parent-port.ts', import.meta.url).href, ...(options.execArgv ?? [])],
    });
    const utility = Object.assign(new EventEmitter(), {
      get pid() {
        return child.pid;
      },
      stdout: child.stdout,
      stderr: child.stderr,
      postMessage: (message: any) => child.send(message),
      kill: () => child.kill(),
    });
    child.on('spawn', () => utility.emit('spawn'));
    child.on('message', (message) => utility.emit('message', message));
    child.on('exit', (code) => {
      utility.emit('exit', code ?? 1);
      // as Electron does
      child.stdout?.removeAllListeners();
      child.stderr?.removeAllListeners();
    });
    process.once('exit', () => child.kill());
    return utility;
  },
};
