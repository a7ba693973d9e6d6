import process from 'node:process';
import { app, protocol } from 'electron';
import { readPageFile } from '#host/page.ts';
import { rendererFolder } from '#host/program-files.ts';

const SCHEME = 'app';
const HOST = 'studio';
/** The development server's address, when electron-vite runs one. What people install does not listen to it. */
const developmentUrl = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL'];

/** The address of the page; a route goes behind it as `#/runs`. */
export const pageUrl = developmentUrl ?? `${SCHEME}://${HOST}/`;

/** Whether an address is our page's: nothing else may be shown in a window, nor call the studio. */
export function isPage(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol: scheme, host } = new URL(url); // not origin: Node gives "null" for schemes it doesn't know
  const page = new URL(pageUrl);
  return scheme === page.protocol && host === page.host;
}

/** Before the app is ready: the page gets an origin of its own, so that 'self' in its policy means its own files. */
export function registerPageScheme(): void {
  // what the engine has compiled of the page is kept, as a browser keeps it: files in assets are named by their content
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }]);
}

/** Serves the built page. */
export function servePage(): void {
  protocol.handle(SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === HOST && request.method === 'GET' ? await readPageFile(rendererFolder, pathname) : undefined;
    return file === undefined ? new Response('There is no such page.', { status: 404 }) : new Response(file.body, file);
  });
}
