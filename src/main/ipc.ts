import { basename, isAbsolute } from 'node:path';
import { ipcMain, BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import { isArchiveName, notTaken } from '#contract/archive.ts';
import { StudioError } from '#contract/error.ts';
import type { Reply } from '#contract/link.ts';
import type { Studio } from '#contract/studio.ts';
import { answer, replyTo } from '#host/answer.ts';
import { isPage } from './page.ts';

/** Serves the studio to our page, in the main frame of any window, and to nothing else. Returns its end. */
export function serveWindows(studio: Studio): () => void {
  ipcMain.handle('studio:call', async (event: IpcMainInvokeEvent, name: unknown, input: unknown): Promise<Reply> => {
    if (!isOurs(event)) return stranger();
    if (typeof name !== 'string') return refusal('bad-input', 'A call without a name reached the studio.', 'Reload the page.');
    return answer(studio, name, input);
  });
  ipcMain.handle('studio:import', async (event: IpcMainInvokeEvent, path: unknown): Promise<Reply> => {
    if (!isOurs(event)) return stranger();
    return replyTo('An import', () => studio.archives.importFile(checkPath(path)));
  });
  const unsubscribe = studio.subscribe((name, payload) => {
    for (const { webContents } of BrowserWindow.getAllWindows())
      if (!webContents.isDestroyed() && isPage(webContents.getURL())) webContents.send('studio:event', name, payload);
  });
  return () => {
    unsubscribe();
    ipcMain.removeHandler('studio:call');
    ipcMain.removeHandler('studio:import');
  };
}

const isOurs = ({ sender, senderFrame }: IpcMainInvokeEvent): boolean =>
  senderFrame !== null && senderFrame === sender.mainFrame && isPage(senderFrame.url);

/** A page names files by their paths, as the system gave them to the window. Throws StudioError `bad-input` for anything else. */
function checkPath(path: unknown): string {
  if (typeof path !== 'string' || !isAbsolute(path) || path.includes('\0'))
    throw new StudioError(
      'bad-input',
      'What was given is no file of this computer.',
      'Save it in a folder first, and take it from there.',
    );
  if (!isArchiveName(path)) throw notTaken(basename(path));
  return path;
}

const stranger = (): Reply =>
  refusal('forbidden', 'A page that is not From Noise called the studio.', 'Close the window and open it anew.');
const refusal = (...error: ConstructorParameters<typeof StudioError>): Reply => ({
  ok: false,
  error: new StudioError(...error).toInfo(),
});
