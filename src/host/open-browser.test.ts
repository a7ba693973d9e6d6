import { describe, expect, it } from 'vitest';
import { waysToOpen, type Machine } from './open-browser.ts';

const url = 'http://127.0.0.1:8123/?token=once';
const machine = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv, files: string[] = [], isRoot = false): Machine => ({
  platform,
  env,
  isRoot,
  exists: (file) => files.includes(file),
});

describe('a link opens', () => {
  it('in a window of its own where a browser knows how', () => {
    const env = { PATH: '/usr/local/bin:/usr/bin', DISPLAY: ':0' };
    expect(waysToOpen(url, machine('linux', env, ['/usr/bin/chromium', '/usr/bin/xdg-open']))).toEqual([
      ['/usr/bin/chromium', `--app=${url}`],
      ['xdg-open', url],
    ]);
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
    expect(waysToOpen(url, machine('win32', { 'PROGRAMFILES(X86)': 'C:\\Program Files (x86)' }, [edge]))[0]).toEqual([
      edge,
      `--app=${url}`,
    ]);
    const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    expect(waysToOpen(url, machine('darwin', {}, [chrome]))[0]).toEqual([chrome, `--app=${url}`]);
  });

  it('as the system does where none does', () => {
    expect(waysToOpen(url, machine('linux', { WAYLAND_DISPLAY: 'wayland-0' }))).toEqual([['xdg-open', url]]);
    expect(waysToOpen(url, machine('darwin', {}))).toEqual([['open', url]]);
    expect(waysToOpen(url, machine('win32', {}))).toEqual([['rundll32', 'url.dll,FileProtocolHandler', url]]);
  });

  it('nowhere without a display, or as root, whom browsers refuse', () => {
    expect(waysToOpen(url, machine('linux', { PATH: '/usr/bin' }, ['/usr/bin/chromium']))).toEqual([]);
    expect(waysToOpen(url, machine('linux', { DISPLAY: '' }))).toEqual([]);
    expect(waysToOpen(url, machine('linux', { DISPLAY: ':0' }, [], true))).toEqual([]);
  });
});
