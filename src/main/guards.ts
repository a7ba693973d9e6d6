import { app, session, shell } from 'electron';
import { isPage } from './page.ts';

/**
 * Keeps every window on our page: no other address is loaded into it, no window or webview opens from it, and it gets no
 * permission but to copy text. Links to the web open in the person's browser.
 */
export function guardWindows(): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { url: string; preventDefault(): void }): void => {
      if (!isPage(event.url)) event.preventDefault();
    };
    contents.on('will-navigate', stay);
    contents.on('will-frame-navigate', stay);
    contents.on('will-redirect', stay);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (URL.canParse(url) && new URL(url).protocol === 'https:') void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}

/** Once the app is ready, before the first window. */
export function guardSession(): void {
  const mayCopy = (permission: string, url: string | undefined): boolean =>
    permission === 'clipboard-sanitized-write' && url !== undefined && isPage(url);
  session.defaultSession.setPermissionRequestHandler((_contents, permission, decide, details) =>
    decide(mayCopy(permission, details.requestingUrl)),
  );
  session.defaultSession.setPermissionCheckHandler((_contents, permission, origin) => mayCopy(permission, origin));
  session.defaultSession.setDevicePermissionHandler(() => false);
}
