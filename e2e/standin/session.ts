/** Protocols of the app's own, permissions and downloads. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preventable } from './app.ts';
import { cdp, root } from './chromium.ts';
import { record } from './remote.ts';

// ---- app://host/path is shown to Chromium as https://host.app.standin/path, and answered by the app's own handler -------
type Serve = (request: Request) => Response | Promise<Response>;
const schemes = new Map<string, Serve>();

export const toWeb = (url: string): string => {
  const parts = /^([a-z][\w+.-]*):\/\/([^/]*)(.*)$/.exec(url);
  return parts && schemes.has(parts[1]!) ? `https://${parts[2] || 'x'}.${parts[1]}.standin${parts[3]}` : url;
};
export const toApp = (url: string): string =>
  url.replace(/^(blob:)?https:\/\/([^/]*)\.([\w+-]+)\.standin/, (_, blob = '', host, scheme) => `${blob}${scheme}://${host}`);
export const serverOf = (url: string): Serve | undefined => schemes.get(url.split(':')[0]!);

export const protocol = {
  /** Chromium is asked for https, which has all of these already: what is missing here would not be noticed, so look. */
  registerSchemesAsPrivileged(given: { scheme: string; privileges?: { standard?: boolean; secure?: boolean } }[]) {
    for (const { scheme, privileges } of given)
      if (!privileges?.standard || !privileges.secure) throw new Error(`stand-in: ${scheme} must be standard and secure`);
  },
  handle: (scheme: string, serve: Serve) => void schemes.set(scheme, serve),
};

// ---- permissions: the app is asked once for each that a page could ask for, and Chromium told the answer --------------
const PERMISSIONS: Record<string, object> = {
  geolocation: { name: 'geolocation' },
  notifications: { name: 'notifications' },
  media: { name: 'microphone' },
  'clipboard-read': { name: 'clipboard-read' },
  'clipboard-sanitized-write': { name: 'clipboard-write', allowWithoutSanitization: false },
};
type Decide = (
  contents: unknown,
  permission: string,
  done: (granted: boolean) => void,
  details: { requestingUrl: string },
) => void;

class Session extends EventEmitter {
  #decide: Decide = (_contents, _permission, done) => done(true);
  setPermissionRequestHandler(decide: Decide) {
    this.#decide = decide;
  }
  setPermissionCheckHandler() {}
  setDevicePermissionHandler() {}

  async applyPermissions(contents: unknown, url: string): Promise<void> {
    if (toWeb(url) === url) return;
    for (const [name, permission] of Object.entries(PERMISSIONS)) {
      const granted = await new Promise<boolean>((done) => this.#decide(contents, name, done, { requestingUrl: url }));
      const setting = granted ? 'granted' : 'denied';
      await cdp('Browser.setPermission', { permission, setting, origin: new URL(toWeb(url)).origin });
    }
  }

  #watching = false;
  /** Downloads go to a folder of ours first; where the app lets the person choose, the test does, or takes the default. */
  async watchDownloads(contents: unknown): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    const folder = mkdtempSync(join(tmpdir(), 'standin-downloads-'));
    await cdp('Browser.setDownloadBehavior', { behavior: 'allowAndName', downloadPath: folder, eventsEnabled: true });
    root.on('Browser.downloadWillBegin', (begin: { guid: string; url: string; suggestedFilename: string }) => {
      const item = new DownloadItem(toApp(begin.url), begin.suggestedFilename);
      const event = preventable();
      this.emit('will-download', event, item, contents);
      if (event.defaultPrevented) {
        record('downloadItem.prevented', [item.getURL()], undefined);
        return void cdp('Browser.cancelDownload', { guid: begin.guid });
      }
      const onProgress = (progress: { guid: string; state: string }): void => {
        if (progress.guid !== begin.guid || progress.state === 'inProgress') return;
        root.off('Browser.downloadProgress', onProgress);
        item.finish(progress.state, join(folder, begin.guid));
      };
      root.on('Browser.downloadProgress', onProgress);
    });
  }
}
export const session = { defaultSession: new Session() };

class DownloadItem extends EventEmitter {
  #url: string;
  #name: string;
  #path = '';
  #dialog: { defaultPath?: string } = {};
  constructor(url: string, name: string) {
    super();
    this.#url = url;
    this.#name = name;
  }
  getURL = () => this.#url;
  getFilename = () => this.#name;
  getSavePath = () => this.#path;
  setSavePath = (path: string) => void (this.#path = path);
  setSaveDialogOptions = (options: { defaultPath?: string }) => void (this.#dialog = options);
  finish(state: string, file: string) {
    if (state === 'completed') {
      if (this.#path === '') this.#path = record('downloadItem.saveDialog', [this.#dialog], this.#dialog.defaultPath) as string;
      renameSync(file, this.#path);
    }
    this.emit('done', {}, state === 'completed' ? 'completed' : 'cancelled');
  }
}
