import { basename, dirname, extname, join } from 'node:path';
import { app, session } from 'electron';
import { pageUrl } from './page.ts';

/**
 * A figure that the page hands out as a download is asked a place for, in the folder of the last one, at first the
 * downloads folder. Only what our page made itself is ever downloaded.
 */
export function askWhereToSave(): void {
  let folder = app.getPath('downloads');
  session.defaultSession.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${pageUrl}`)) {
      event.preventDefault();
      return;
    }
    const name = basename(item.getFilename());
    const extension = extname(name).slice(1);
    item.setSaveDialogOptions({
      defaultPath: join(folder, name),
      filters: extension === '' ? [] : [{ name: extension.toUpperCase(), extensions: [extension] }],
    });
    item.once('done', (_event, state) => {
      if (state === 'completed') folder = dirname(item.getSavePath());
    });
  });
}
