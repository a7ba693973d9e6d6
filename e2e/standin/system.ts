/** Dialogs, the shell, the theme, the screen. */
import { EventEmitter } from 'node:events';
import { record } from './remote.ts';

const scripted =
  (api: string, fallback: unknown) =>
  (...args: unknown[]) =>
    Promise.resolve(record(api, args, fallback));

export const dialog = {
  showOpenDialog: scripted('dialog.showOpenDialog', { canceled: true, filePaths: [] }),
  showMessageBox: scripted('dialog.showMessageBox', { response: 0, checkboxChecked: false }),
  showErrorBox: (...args: unknown[]) => {
    record('dialog.showErrorBox', args, undefined);
    console.error('dialog.showErrorBox:', ...args); // the stand-in has no other way to show it
  },
};
export const shell = {
  openExternal: scripted('shell.openExternal', undefined),
  openPath: scripted('shell.openPath', ''),
};

type Source = 'system' | 'light' | 'dark';
class NativeTheme extends EventEmitter {
  #source: Source = 'system';
  get themeSource(): Source {
    return this.#source;
  }
  set themeSource(source: Source) {
    this.#source = source;
    this.emit('updated');
  }
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'; // the system's is light here
  }
}
export const nativeTheme = new NativeTheme().setMaxListeners(0);

const workArea = { x: 0, y: 0, width: 1920, height: 1080 };
const display = () => ({ workArea, scaleFactor: 1 });
export const screen = Object.assign(new EventEmitter(), { getDisplayMatching: display, getPrimaryDisplay: display });

let lastBlocker = 0;
export const powerSaveBlocker = {
  start: (type: string) => (record('powerSaveBlocker.start', [type], undefined), ++lastBlocker),
  stop: (id: number) => void record('powerSaveBlocker.stop', [id], undefined),
};

export class Notification extends EventEmitter {
  static isSupported = () => true;
  #options: object;
  constructor(options: object) {
    super();
    this.#options = options;
  }
  show = () => {
    record('notification', [this.#options], undefined);
    shownNotifications.push(this);
  };
}
/** so that a test can click on them */
export const shownNotifications: Notification[] = [];
