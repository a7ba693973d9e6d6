import { dialog } from 'electron';
import { StudioError } from '#contract/error.ts';
import type { Studio } from '#contract/studio.ts';

export interface OpenedStudio {
  studio: Studio;
  library: string;
}

/**
 * Opens the studio on a library. Where that can't be used, a person may choose another folder, which `remember` is told of.
 * Undefined when they rather quit.
 */
export async function openOnLibrary(
  folder: string,
  open: (folder: string) => Promise<Studio>,
  remember: (folder: string) => void,
): Promise<OpenedStudio | undefined> {
  for (let library = folder; ;) {
    try {
      return { studio: await open(library), library };
    } catch (error) {
      if (!(error instanceof StudioError) || error.code !== 'library') throw error;
      const { response } = await dialog.showMessageBox({
        type: 'error',
        message: error.message,
        detail: error.hint,
        buttons: ['Choose another folder…', 'Quit'],
        defaultId: 0,
        cancelId: 1,
      });
      if (response !== 0) return undefined;
    }
    const { filePaths } = await dialog.showOpenDialog({
      title: 'Library folder',
      properties: ['openDirectory', 'createDirectory'],
    });
    const [chosen] = filePaths;
    if (chosen === undefined) return undefined;
    remember(chosen);
    library = chosen;
  }
}
