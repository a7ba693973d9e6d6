import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import type { Link, Reply } from '#contract/link.ts';

/** All that a window's page can reach beyond itself. */
const link: Link = {
  invoke: (name, input) => ipcRenderer.invoke('studio:call', name, input) as Promise<Reply>,
  listen: (listener) => {
    const onEvent = (_event: IpcRendererEvent, name: string, payload: unknown): void => listener(name, payload);
    ipcRenderer.on('studio:event', onEvent);
    return () => void ipcRenderer.off('studio:event', onEvent);
  },
  // the page itself doesn't learn where its files lie
  importFile: (file) => ipcRenderer.invoke('studio:import', webUtils.getPathForFile(file)) as Promise<Reply>,
};
contextBridge.exposeInMainWorld('studio', link);
