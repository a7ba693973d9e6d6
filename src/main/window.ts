import { join } from 'node:path';
import { BrowserWindow, nativeTheme, screen, type Rectangle, type WebContents } from 'electron';
import ElectronStore from 'electron-store';
import { pageUrl } from './page.ts';
import { isRectangle, placeWithin } from './place.ts';

/** The page's canvas in tokens.css, so that a window does not flash before its first paint. */
const background = (): string => (nativeTheme.shouldUseDarkColors ? '#161719' : '#fbfbfa');
/** Below this the page does not fit. */
const SMALLEST = { width: 960, height: 600 };
const USUAL = { width: 1280, height: 840 };

/** What takes the bar away. */
const NO_PROGRESS = -1;

/** Where the last window was. */
interface Place {
  bounds?: Rectangle;
  maximized?: boolean;
}

export interface Windows {
  /** Shows the window, or opens one where the last one was closed; with a route, `#/runs`, on that page. */
  open: (route?: string) => void;
  /** Presses a key in the page. */
  press: (key: string, modifiers?: 'control'[]) => void;
  /** On the dock or the taskbar: from 0 to 1, or nothing. Windows that open later show it too. */
  progress: (share: number | undefined) => void;
}

/** `keeps` says of a window that was asked to close whether it is to stay. */
export function createWindows(keeps: (window: BrowserWindow) => boolean): Windows {
  const store = new ElectronStore<Place>({ name: 'window', clearInvalidConfig: true });
  nativeTheme.on('updated', () => {
    for (const window of BrowserWindow.getAllWindows()) window.setBackgroundColor(background());
  });

  let shared = NO_PROGRESS;

  function load(page: WebContents, route: string): void {
    page.loadURL(pageUrl + route).catch((error: unknown) => console.error('The page did not load:', error));
  }
  function create(): BrowserWindow {
    const bounds: unknown = store.get('bounds');
    const { workArea } = isRectangle(bounds) ? screen.getDisplayMatching(bounds) : screen.getPrimaryDisplay();
    const window = new BrowserWindow({
      ...placeWithin(bounds, workArea, USUAL, SMALLEST),
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      show: false,
      title: 'From Noise',
      backgroundColor: background(),
      webPreferences: {
        preload: join(import.meta.dirname, '../preload/index.cjs'),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
      },
    });
    if (store.get('maximized') === true) window.maximize();
    window.setProgressBar(shared);
    window.once('ready-to-show', () => window.show());
    window.on('close', (event) => {
      store.set({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
      if (keeps(window)) event.preventDefault();
    });
    return window;
  }

  return {
    open(route) {
      const shown = BrowserWindow.getAllWindows().at(0);
      if (shown === undefined) load(create().webContents, route ?? '');
      else {
        if (shown.isMinimized()) shown.restore();
        if (!shown.isVisible()) shown.show();
        shown.focus();
        if (route !== undefined) load(shown.webContents, route);
      }
    },
    progress(share = NO_PROGRESS) {
      shared = share;
      for (const window of BrowserWindow.getAllWindows()) window.setProgressBar(share);
    },
    press(keyCode, modifiers = []) {
      const page = BrowserWindow.getAllWindows().at(0)?.webContents;
      for (const type of ['keyDown', 'keyUp'] as const) page?.sendInputEvent({ type, keyCode, modifiers });
    },
  };
}
