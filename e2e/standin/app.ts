import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserWindow } from './browser-window.ts';
import { isStarted, profile, startChromium, stopChromium } from './chromium.ts';

/** An event that a listener may prevent. */
export const preventable = <T extends object>(more?: T) =>
  ({
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true;
    },
    ...more,
  }) as T & { defaultPrevented: boolean; preventDefault(): void };

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; productName?: string; version: string };

class App extends EventEmitter {
  isPackaged = false;
  getName = () => manifest.productName ?? manifest.name;
  getVersion = () => manifest.version;
  getAppPath = () => process.cwd();
  getLocale = () => 'en-US';
  getPath = (name: string) => {
    if (name === 'temp') return tmpdir();
    const folder = join(profile, 'standin', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  enableSandbox = () => {};
  requestSingleInstanceLock = () => true;

  #ready = startChromium().then(() => void this.emit('ready', {}));
  whenReady = () => this.#ready;
  isReady = isStarted;

  #quitting = false;
  /** Whether windows are being closed by quit(): the last one then tells nobody. */
  isQuitting = () => this.#quitting;
  quit = () => {
    if (this.#quitting) return;
    const event = preventable();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    this.#quitting = true;
    for (const window of BrowserWindow.getAllWindows()) window.close();
    this.emit('will-quit', preventable());
    this.exit(0);
  };
  exit = (code = 0) => {
    this.emit('quit', {}, code);
    void stopChromium().finally(() => process.exit(code));
  };
}
export const app = new App();
process.on('SIGTERM', app.quit);
process.on('SIGINT', app.quit);
