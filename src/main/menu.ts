import process from 'node:process';
import { Menu, type MenuItemConstructorOptions } from 'electron';

/** The application's menu. `show` takes a route of the page. */
export function setMenu(show: (route: string) => void, openLibrary: () => void): void {
  const isMac = process.platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: 'Settings…',
    accelerator: 'CmdOrCtrl+,',
    click: () => show('#/settings'),
  };
  const application: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      settings,
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: 'File',
    submenu: [
      { id: 'new-run', label: 'New run', accelerator: 'CmdOrCtrl+N', click: () => show('#/guide') },
      { id: 'library', label: 'Open library folder', click: openLibrary },
      { type: 'separator' },
      ...(isMac ? [{ role: 'close' } as const] : [settings, { type: 'separator' } as const, { role: 'quit' } as const]),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { id: 'guide', label: 'Guide', click: () => show('#/guide') },
      { id: 'runs', label: 'Runs', click: () => show('#/runs') },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      { type: 'separator' },
      { role: 'reload' },
      { role: 'toggleDevTools' },
    ],
  };
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([...(isMac ? [application] : []), file, { role: 'editMenu' }, view, { role: 'windowMenu' }]),
  );
}
