import { EventEmitter } from 'node:events';

class IpcMain extends EventEmitter {
  handlers = new Map<string, Function>();
  handle(channel: string, handler: Function) {
    if (this.handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    this.handlers.set(channel, handler);
  }
  removeHandler(channel: string) {
    this.handlers.delete(channel);
  }
}
export const ipcMain = new IpcMain();
