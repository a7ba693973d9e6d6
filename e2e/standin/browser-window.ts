import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { app, preventable } from './app.ts';
import { record } from './remote.ts';
import { WebContents } from './web-contents.ts';

/** The page always gets an isolated, sandboxed preload here: preferences that would make that a lie are refused. */
const SAFE = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
};

export class BrowserWindow extends EventEmitter {
  static #all: BrowserWindow[] = [];
  static getAllWindows = () => [...BrowserWindow.#all];
  /** whether the person looks at the app, rather than at another one */
  static hasFocus = true;
  static getFocusedWindow = () => (BrowserWindow.hasFocus && BrowserWindow.#all.find((window) => window.isVisible())) || null;
  static fromWebContents = (contents: WebContents) => BrowserWindow.#all.find((w) => w.webContents === contents) ?? null;

  webContents: WebContents;
  id: number;
  #shown: boolean;
  #maximized = false;
  #bounds;
  constructor(options: any = {}) {
    super();
    for (const [name, safe] of Object.entries(SAFE))
      if ((options.webPreferences?.[name] ?? safe) !== safe) throw new Error(`stand-in: webPreferences.${name} must be ${safe}`);
    this.webContents = new WebContents(options);
    this.id = this.webContents.id;
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 };
    this.#shown = options.show !== false;
    this.webContents.once('dom-ready', () => this.emit('ready-to-show'));
    BrowserWindow.#all.push(this);
  }
  loadURL = (url: string) => this.webContents.load(url);
  loadFile = (file: string) => this.webContents.load(pathToFileURL(file).href);
  show = () => {
    if (!this.#shown) record('window.show', [], undefined);
    this.#shown = true;
  };
  hide = () => {
    record('window.hide', [], undefined);
    this.#shown = false;
  };
  setProgressBar = (share: number) => void record('window.setProgressBar', [share], undefined);
  isVisible = () => this.#shown;
  focus() {}
  isMinimized = () => false;
  restore() {}
  maximize = () => void (this.#maximized = true);
  isMaximized = () => this.#maximized;
  getBounds = () => this.#bounds;
  getNormalBounds = () => this.#bounds;
  setBounds = (bounds: object) => void Object.assign(this.#bounds, bounds);
  setBackgroundColor() {}
  isDestroyed = () => this.webContents.isDestroyed();
  close() {
    const event = preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }
  destroy() {
    if (this.isDestroyed()) return;
    this.webContents.destroy();
    BrowserWindow.#all.splice(BrowserWindow.#all.indexOf(this), 1);
    this.emit('closed');
    if (BrowserWindow.#all.length === 0 && !app.isQuitting() && !app.emit('window-all-closed')) app.quit();
  }
}
