import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/**
 * Opens a link in the system's browser: in a window of its own where a browser of Chromium's kind is there, else as the
 * system does. False when there is no display, or nothing that could open it. Give it a link that works once: other users
 * of the machine can read command lines.
 */
export async function openBrowser(url: string): Promise<boolean> {
  if (process.platform === 'linux') {
    // browsers don't run as root, and need a display
    const display = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '';
    if (display === '' || process.getuid?.() === 0) return false;
  }
  const browser = chromiumKinds().find((file) => existsSync(file));
  if (browser !== undefined && (await started(browser, [`--app=${url}`]))) return true;
  if (process.platform === 'win32') return started('rundll32', ['url.dll,FileProtocolHandler', url]);
  return started(process.platform === 'darwin' ? 'open' : 'xdg-open', [url]);
}

/** Where browsers that know --app may lie. */
function chromiumKinds(): string[] {
  switch (process.platform) {
    case 'darwin':
      return ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'].map(
        (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
      );
    case 'win32':
      return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((place) => {
        const folder = process.env[place];
        return folder === undefined
          ? []
          : [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')];
      });
    default: {
      const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge', 'brave-browser'];
      const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
      return names.flatMap((name) => folders.map((folder) => join(folder, name)));
    }
  }
}

/** Starts a program that goes its own way; whether it could be started. */
function started(program: string, args: string[]): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.once('spawn', () => done(true));
    child.once('error', () => done(false));
    child.unref();
  });
}
