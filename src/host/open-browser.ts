import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import process from 'node:process';

/**
 * Opens a link in the system's browser: in a window of its own where a browser of Chromium's kind is there, else as the
 * system does. False when there is no display, or nothing that could open it. Give it a link that works once: other users
 * of the machine can read command lines.
 */
export async function openBrowser(url: string): Promise<boolean> {
  const machine = { platform: process.platform, env: process.env, isRoot: process.getuid?.() === 0, exists: existsSync };
  for (const [program, ...args] of waysToOpen(url, machine)) if (await starts(program, args)) return true;
  return false;
}

export interface Machine {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  isRoot: boolean;
  exists: (file: string) => boolean;
}
type CommandLine = [program: string, ...args: string[]];

/** The command lines to try, best first. */
export function waysToOpen(url: string, { platform, env, isRoot, exists }: Machine): CommandLine[] {
  const hasDisplay = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((display) => display !== undefined && display !== '');
  // browsers don't run as root
  if (platform === 'linux' && (!hasDisplay || isRoot)) return [];
  const browser = browserPlaces(platform, env).find(exists);
  const ownWindow: CommandLine[] = browser === undefined ? [] : [[browser, `--app=${url}`]];
  if (platform === 'win32') return [...ownWindow, ['rundll32', 'url.dll,FileProtocolHandler', url]];
  return [...ownWindow, [platform === 'darwin' ? 'open' : 'xdg-open', url]];
}

/** Where browsers that know --app may lie. */
function browserPlaces(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] {
  if (platform === 'darwin')
    return ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  if (platform === 'win32') {
    const folders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((place) => env[place] ?? []);
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return programs.flatMap((program) => folders.map((folder) => win32.join(folder, program)));
  }
  const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge', 'brave-browser'];
  const folders = (env['PATH'] ?? '').split(posix.delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => posix.join(folder, name)));
}

/** Starts a program that goes its own way; whether it could be started. */
function starts(program: string, args: string[]): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.once('spawn', () => done(true));
    child.once('error', () => done(false));
    child.unref();
  });
}
