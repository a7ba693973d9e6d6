import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { Settings } from '#contract/settings.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * The wall around the page, as a header: nothing but its own files, no inline script or style, no frames around it.
 * `connect` names what else it may talk to: the browser host's socket, the development server's.
 */
const policy = (connect: string): string =>
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  `connect-src 'self'${connect === '' ? '' : ` ${connect}`}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface PageFile {
  body: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/**
 * A file of the built renderer, with the headers it must be served with; `/` is index.html. Undefined when there is no such
 * file: what isn't a plain path to a file inside `folder` does not exist.
 */
export async function readPageFile(folder: string, pathname: string, connect = ''): Promise<PageFile | undefined> {
  let path: string;
  try {
    path = decodeURIComponent(pathname === '/' ? '/index.html' : pathname);
  } catch {
    return undefined;
  }
  // a slash of the other kind or a drive letter may be a way out on Windows, a NUL is one nowhere
  if (!path.startsWith('/') || /[\0\\:]/.test(path) || path.split('/').includes('..')) return undefined;
  const file = join(folder, path);
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  return {
    body,
    headers: {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': policy(connect),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      // what the build put into assets is named by its content
      'cache-control': path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache',
    },
  };
}

/**
 * The page with a theme written on it, for its theme.js to set before the first paint: the browser's own memory is bound to
 * a port, which may be another one each time.
 */
export const withTheme = (html: Uint8Array, theme: Settings['theme']): string =>
  new TextDecoder().decode(html).replace('<html', `<html data-theme-choice="${theme}"`);
