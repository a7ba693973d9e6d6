import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { Menu } from './menu.ts';
import { record } from './remote.ts';

/** The one icon in the tray; its menu is pressed as the application's is. */
export class Tray extends EventEmitter {
  static shown: Tray | undefined;
  menu: Menu | null = null;
  constructor(image: string) {
    super();
    if (!existsSync(image)) throw new Error(`stand-in: the tray's icon ${image} is missing`);
    Tray.shown = this;
    record('tray', [], undefined);
  }
  setToolTip() {}
  setContextMenu(menu: Menu) {
    this.menu = menu;
  }
  destroy() {
    Tray.shown = undefined;
  }
}
