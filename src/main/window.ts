import { join } from 'node:path';
import { BrowserWindow, nativeTheme, screen, type Rectangle, type WebContents } from 'electron';
import ElectronStore from 'electron-store';
import { pageUrl } from './page.ts';

/** The page's canvas in tokens.css, so that a window does not flash before its first paint. */
const background = (): string => (nativeTheme.shouldUseDarkColors ? '#161719' : '#fbfbfa');
/** Below this the page does not fit. */
const SMALLEST = { width: 960, height: 600 };
const DEFAULT = { width: 1280, height: 840 };

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
}

export function createWindows(): Windows {
  const store = new ElectronStore<Place>({ name: 'window', clearInvalidConfig: true });
  nativeTheme.on('updated', () => {
    for (const window of BrowserWindow.getAllWindows()) window.setBackgroundColor(background());
  });

  function load(page: WebContents, route: string): void {
    page.loadURL(pageUrl + route).catch((error: unknown) => console.error('The page did not load:', error));
  }
  function create(): BrowserWindow {
    const window = new BrowserWindow({
      ...visible(store.get('bounds')),
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
    window.once('ready-to-show', () => window.show());
    window.on('close', () => {
      store.set({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
    });
    return window;
  }

  return {
    open(route) {
      const shown = BrowserWindow.getAllWindows().at(0);
      if (shown === undefined) load(create().webContents, route ?? '');
      else {
        if (shown.isMinimized()) shown.restore();
        shown.focus();
        if (route !== undefined) load(shown.webContents, route);
      }
    },
    press(keyCode, modifiers = []) {
      const page = BrowserWindow.getAllWindows().at(0)?.webContents;
      for (const type of ['keyDown', 'keyUp'] as const) page?.sendInputEvent({ type, keyCode, modifiers });
    },
  };
}

/** The remembered bounds, unless the display they were on is gone or the file says what can't be. */
function visible(bounds: Rectangle | undefined): Partial<Rectangle> {
  if (bounds === undefined || !Object.values(bounds).every(Number.isFinite)) return DEFAULT;
  const { workArea } = screen.getDisplayMatching(bounds);
  const overlap =
    Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x) > 100 &&
    Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y) > 100;
  return overlap ? bounds : DEFAULT;
}
