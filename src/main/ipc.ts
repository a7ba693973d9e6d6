import { ipcMain, BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import { StudioError } from '#contract/error.ts';
import type { Reply } from '#contract/link.ts';
import type { Studio } from '#contract/studio.ts';
import { answer } from '#host/answer.ts';
import { isPage } from './page.ts';

/** Serves the studio to our page, in the main frame of any window, and to nothing else. Returns its end. */
export function serveWindows(studio: Studio): () => void {
  ipcMain.handle('studio:call', async (event: IpcMainInvokeEvent, name: unknown, input: unknown): Promise<Reply> => {
    const { senderFrame } = event;
    if (senderFrame === null || senderFrame !== event.sender.mainFrame || !isPage(senderFrame.url))
      return refusal('forbidden', 'A page that is not From Noise called the studio.', 'Close the window and open it anew.');
    if (typeof name !== 'string') return refusal('bad-input', 'A call without a name reached the studio.', 'Reload the page.');
    return answer(studio, name, input);
  });
  const unsubscribe = studio.subscribe((name, payload) => {
    for (const { webContents } of BrowserWindow.getAllWindows())
      if (!webContents.isDestroyed() && isPage(webContents.getURL())) webContents.send('studio:event', name, payload);
  });
  return () => {
    unsubscribe();
    ipcMain.removeHandler('studio:call');
  };
}

const refusal = (...error: ConstructorParameters<typeof StudioError>): Reply => ({
  ok: false,
  error: new StudioError(...error).toInfo(),
});
