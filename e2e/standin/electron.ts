/** A stand-in for the `electron` module, backed by any Chromium over CDP. For tests only. Needs Node 24 and no packages. */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { ipcMain } from './ipc-main.ts';
import { Menu, MenuItem } from './menu.ts';
import { protocol, session } from './session.ts';
import { dialog, nativeTheme, Notification, powerSaveBlocker, screen, shell } from './system.ts';
import { Tray } from './tray.ts';
import { utilityProcess } from './utility-process.ts';

export { app, BrowserWindow, dialog, ipcMain, Menu, MenuItem, nativeTheme, Notification, powerSaveBlocker, protocol, screen };
export { session, shell, Tray, utilityProcess };
export default {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeTheme,
  Notification,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
};
