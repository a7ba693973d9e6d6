import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';

export const utilityProcess = {
  fork(file: string, args: string[] = [], options: any = {}) {
    const child = fork(file, args, {
      serialization: 'advanced',
      stdio: options.stdio === 'inherit' ? ['ignore', 'inherit', 'inherit', 'ipc'] : (options.stdio ?? 'inherit'),
      env: options.env ?? process.env,
      execArgv: ['--import', new URL('./parent-port.ts', import.meta.url).href, ...(options.execArgv ?? [])],
    });
    const utility = Object.assign(new EventEmitter(), {
      get pid() {
        return child.pid;
      },
      postMessage: (message: any) => child.send(message),
      kill: () => child.kill(),
    });
    child.on('spawn', () => utility.emit('spawn'));
    child.on('message', (message) => utility.emit('message', message));
    child.on('exit', (code) => utility.emit('exit', code ?? 1));
    process.once('exit', () => child.kill());
    return utility;
  },
};
