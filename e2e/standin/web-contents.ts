/** A page of Chromium's as Electron shows it: with a preload in an isolated world, guarded navigation, and ipc. */
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { app, preventable } from './app.ts';
import { cdp, root, sessions } from './chromium.ts';
import { ipcMain } from './ipc-main.ts';
import { record } from './remote.ts';
import { serverOf, session, toApp, toWeb } from './session.ts';
import { nativeTheme } from './system.ts';
import { makeWire } from './wire.ts';
import { bridge, rendererModule } from './worlds.ts';

const WORLD = 'Electron Isolated Context';
const wire = makeWire();
let lastId = 0;

/** What runs before any script of a page: the page's end of the bridge, and the preload in a world of its own. */
function worldsOf(preload: string | undefined): { main: string; isolated: string } {
  const process_ = JSON.stringify({ platform: process.platform, argv: [], env: {}, contextIsolated: true, sandboxed: true });
  return {
    main: `(${bridge})('main','isolated')`,
    isolated: `if (window === top) {
      const electron = (${rendererModule})((${makeWire})(), (${bridge})('isolated','main'), ${JSON.stringify(process.env['STANDIN_FILES'] ?? '')});
      const require = (name) => {
        if (name === 'electron' || name === 'electron/renderer') return electron;
        throw new Error('module not found: ' + name + ' (sandboxed preload)');
      };
      const module = { exports: {} };
      (function (exports, require, module, process) { ${preload ? readFileSync(preload, 'utf8') : ''}\n})(module.exports, require, module, ${process_});
    }\n//# sourceURL=${preload ?? 'preload'}`,
  };
}

export class WebContents extends EventEmitter {
  id = ++lastId;
  mainFrame = { url: '', routingId: 1, processId: 1, parent: null };
  session = session.defaultSession;
  targetId = '';
  #options: any;
  #session = '';
  #isolatedWorld = 0;
  #gone = false;
  #opener: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  /** addresses that the app itself loads: these are no navigation of the page's */
  #own = new Set<string>();
  #ready: Promise<void>;

  constructor(options: any) {
    super();
    this.#options = options;
    this.#ready = this.#attach();
  }

  #cdp(method: string, params: object = {}): Promise<any> {
    return cdp(method, params, this.#session);
  }

  async #attach(): Promise<void> {
    const { width = 800, height = 600, webPreferences } = this.#options;
    const created = await cdp('Target.createTarget', { url: 'about:blank', newWindow: true, width, height });
    this.targetId = created.targetId;
    const attached = await cdp('Target.attachToTarget', { targetId: this.targetId, flatten: true });
    this.#session = attached.sessionId;
    const page = new EventEmitter();
    sessions.set(this.#session, page);
    this.#watchPage(page);
    this.#watchPopups(page);
    page.on('Fetch.requestPaused', (e) => void this.#onRequest(e));
    nativeTheme.on('updated', () => void this.#showTheme());

    const { main, isolated } = worldsOf(webPreferences?.preload);
    await Promise.all([
      this.#cdp('Page.enable'),
      this.#cdp('Runtime.enable'),
      this.#cdp('Runtime.addBinding', { name: '__standin_send', executionContextName: WORLD }),
      this.#cdp('Page.addScriptToEvaluateOnNewDocument', { source: main }),
      this.#cdp('Page.addScriptToEvaluateOnNewDocument', { source: isolated, worldName: WORLD }),
      this.#cdp('Fetch.enable', { patterns: [{ resourceType: 'Document' }, { urlPattern: 'https://*.standin/*' }] }),
      this.#showTheme(),
      this.session.watchDownloads(this),
    ]);
    app.emit('web-contents-created', {}, this);
  }

  #watchPage(page: EventEmitter): void {
    page.on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name === WORLD && context.auxData.frameId === this.targetId) this.#isolatedWorld = context.id;
    });
    page.on('Runtime.bindingCalled', (e) => {
      if (e.name === '__standin_send') this.#receive(wire.unpack(e.payload));
    });
    page.on('Page.frameNavigated', ({ frame }) => {
      if (frame.parentId) return;
      this.mainFrame.url = toApp(frame.url) + (frame.urlFragment ?? '');
      this.emit('did-navigate', {}, this.mainFrame.url);
    });
    page.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId === this.targetId) this.mainFrame.url = toApp(url);
    });
    page.on('Page.domContentEventFired', () => this.emit('dom-ready'));
    page.on('Page.loadEventFired', () => this.emit('did-finish-load'));
    page.on('Inspector.targetCrashed', () => this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }));
  }

  /** A popup is created and announced in either order: pair them up, and close it if the opener said so. */
  #watchPopups(page: EventEmitter): void {
    const popups: string[] = [];
    const verdicts: boolean[] = [];
    const settle = (): void => {
      while (popups.length && verdicts.length) {
        const targetId = popups.shift()!;
        if (!verdicts.shift()) void cdp('Target.closeTarget', { targetId });
      }
    };
    page.on('Page.windowOpen', ({ url }) => {
      const { action } = this.#opener({ url: toApp(url) });
      record('window.open', [url, action], undefined);
      verdicts.push(action !== 'deny');
      settle();
    });
    root.on('Target.targetCreated', ({ targetInfo: t }) => {
      if (t.type !== 'page' || t.openerId !== this.targetId) return;
      popups.push(t.targetId);
      settle();
    });
  }

  /** Asks the guards before a document is loaded, and the app's own protocol for its files. */
  async #onRequest(e: any): Promise<void> {
    const { requestId } = e;
    const url = toApp(e.request.url);
    const isMainFrame = e.frameId === this.targetId;
    const event = preventable({ url, isMainFrame });
    if (e.resourceType === 'Document' && !(isMainFrame && this.#own.delete(url))) {
      this.emit('will-frame-navigate', event);
      if (isMainFrame) this.emit(e.redirectedRequestId === undefined ? 'will-navigate' : 'will-redirect', event, url);
    }
    // a request that another one has overtaken is gone, and can't be answered any more
    const settle = (how: string, params: object = {}) => this.#cdp(`Fetch.${how}`, { requestId, ...params }).catch(() => {});
    if (event.defaultPrevented) return settle('failRequest', { errorReason: 'Aborted' });
    const serve = url === e.request.url ? undefined : serverOf(url);
    if (!serve) return settle('continueRequest');
    try {
      const { method, headers, postData: body } = e.request;
      const response = await serve(new Request(url, { method, headers, body }));
      await settle('fulfillRequest', {
        responseCode: response.status,
        responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
        body: Buffer.from(await response.arrayBuffer()).toString('base64'),
      });
    } catch {
      await settle('failRequest', { errorReason: 'Failed' });
    }
  }

  async #showTheme(): Promise<void> {
    const value = nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
    if (!this.#gone) await this.#cdp('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  }

  #receive(m: any): void {
    const event = { sender: this, senderFrame: this.mainFrame, processId: 1, frameId: 1 };
    if (m.k === 'send') return void ipcMain.emit(m.ch, event, ...m.args);
    void (async () => {
      const handler = ipcMain.handlers.get(m.ch);
      if (!handler) throw new Error(`No handler registered for '${m.ch}'`);
      return handler(event, ...m.args);
    })().then(
      (v) => this.#push({ k: 'reply', id: m.id, ch: m.ch, ok: true, v }),
      (error) => this.#push({ k: 'reply', id: m.id, ch: m.ch, ok: false, v: String(error) }),
    );
  }
  #push(m: unknown): void {
    if (this.#gone) return;
    void this.#cdp('Runtime.callFunctionOn', {
      functionDeclaration: 'function (text) { __standin_recv(text); }',
      arguments: [{ value: wire.pack(m) }],
      executionContextId: this.#isolatedWorld,
    }).catch(() => {});
  }

  send(channel: string, ...args: unknown[]): void {
    this.#push({ k: 'event', ch: channel, args });
  }
  async load(url: string): Promise<void> {
    await this.#ready;
    await this.session.applyPermissions(this, url);
    this.#own.add(url.split('#')[0]!);
    const loaded = once(this, 'did-finish-load');
    const { errorText, loaderId } = await this.#cdp('Page.navigate', { url: toWeb(url) });
    if (errorText) throw new Error(`${errorText} loading '${url}'`);
    if (loaderId === undefined)
      this.#own.delete(url.split('#')[0]!); // another route of the same document
    else await loaded;
  }
  sendInputEvent({ type, keyCode, modifiers = [] }: { type: string; keyCode: string; modifiers?: string[] }): void {
    const keys = { type, key: keyCode, code: keyCode, modifiers: modifiers.includes('control') ? 2 : 0 };
    void this.#cdp('Input.dispatchKeyEvent', keys).catch(() => {});
  }
  loadURL = (url: string) => this.load(url);
  getURL = () => this.mainFrame.url;
  isDestroyed = () => this.#gone;
  setWindowOpenHandler = (opener: (details: { url: string }) => { action: string }) => void (this.#opener = opener);
  destroy(): void {
    if (this.#gone) return;
    this.#gone = true;
    void cdp('Target.closeTarget', { targetId: this.targetId }).catch(() => {});
    this.emit('destroyed');
  }
}
