import process from 'node:process';
import type { FromTrainer } from './messages.ts';

/** Electron's end of a utility process's pipe; there when the process is one. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** The process that started this one. */
export interface Parent {
  send(message: FromTrainer): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The parent is gone: nobody reads the answers any more. */
  onGone(listener: () => void): void;
}

/** Finds the parent: Electron's main process, or the Node process that forked this one. Throws when there is neither. */
export function connectParent(): Parent {
  const port = (process as { parentPort?: ParentPort }).parentPort;
  if (port !== undefined)
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', (event) => listener(event.data)),
      // Chromium ends its utility processes itself when the main process dies
      onGone: () => undefined,
    };
  if (process.send === undefined)
    throw new Error('The trainer is started by the studio, not by hand: run `from-noise train denoiser` instead.');
  return {
    // the callback takes the error of a parent that has just gone, which would be thrown otherwise; `disconnect` follows
    send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
    onGone: (listener) => void process.on('disconnect', listener),
  };
}
