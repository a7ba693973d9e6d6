import process from 'node:process';
import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { RecentRun } from './recent-runs.ts';

/** The pages, in the order of the page's sidebar. */
const PAGES = [
  { id: 'guide', label: 'Guide' },
  { id: 'runs', label: 'Runs' },
  { id: 'compare', label: 'Compare' },
  { id: 'sample', label: 'Sample' },
  { id: 'playground', label: 'Playground' },
  { id: 'report', label: 'Report' },
];

/** What the menu has others do. */
export interface MenuActions {
  /** Shows a route of the page: `#/runs`. */
  show: (route: string) => void;
  /** Presses a key in the page. */
  press: (key: string, modifiers?: 'control'[]) => void;
  openLibrary: () => void;
  importRun: () => void;
}

/** The application's menu, with the newest runs in it. */
export function setMenu({ show, press, openLibrary, importRun }: MenuActions, recent: readonly RecentRun[]): void {
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
      {
        id: 'recent',
        label: 'Recent runs',
        enabled: recent.length > 0,
        submenu: recent.map(({ id, name }) => ({ id: `recent-${id}`, label: plain(name), click: () => show(`#/runs/${id}`) })),
      },
      { type: 'separator' },
      { id: 'import', label: 'Import a run…', accelerator: 'CmdOrCtrl+O', click: importRun },
      { id: 'library', label: 'Open library folder', click: openLibrary },
      { type: 'separator' },
      ...(isMac ? [{ role: 'close' } as const] : [settings, { type: 'separator' } as const, { role: 'quit' } as const]),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      {
        id: 'commands',
        label: 'Find a command…',
        accelerator: 'CmdOrCtrl+K',
        // the page takes that key itself; where the system gives it to the menu, the page is told by the other one
        registerAccelerator: false,
        click: () => press('F1'),
      },
      { type: 'separator' },
      ...PAGES.map(({ id, label }, i) => ({
        id,
        label,
        accelerator: `CmdOrCtrl+${i + 1}`,
        click: () => show(`#/${id}`),
      })),
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
  const help: MenuItemConstructorOptions = {
    role: 'help',
    submenu: [{ id: 'shortcuts', label: 'Keyboard shortcuts', click: () => press('/', ['control']) }],
  };
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([...(isMac ? [application] : []), file, { role: 'editMenu' }, view, { role: 'windowMenu' }, help]),
  );
}

/** A name as it stands in a menu, where & would mark a letter. */
const plain = (name: string): string => name.replaceAll('&', '&&');
