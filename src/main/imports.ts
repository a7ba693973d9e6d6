import { resolve } from 'node:path';
import { dialog } from 'electron';
import { toErrorInfo } from '#contract/error.ts';
import { openLibrary } from '#library/library.ts';
import { ARCHIVE_EXTENSION, importRun } from '#library/run-archive.ts';

/** The archives of runs among a program's arguments, as absolute paths. */
export const archivesIn = (argv: readonly string[], folder: string): string[] =>
  argv
    .filter((word) => !word.startsWith('-') && word.toLowerCase().endsWith(ARCHIVE_EXTENSION))
    .map((word) => resolve(folder, word));

export interface Imports {
  /** Takes runs in, one after the other, and shows the last. */
  take(files: readonly string[]): void;
  /** Asks for files to take in. */
  choose(): Promise<void>;
}

/** Takes runs into a library that come as files: opened in the file manager, or chosen by the menu. */
export function createImports(libraryFolder: string, show: (route: string) => void): Imports {
  let last: Promise<void> = Promise.resolve();
  async function takeOne(file: string): Promise<void> {
    try {
      const { id } = await importRun(await openLibrary(libraryFolder), file);
      show(`#/runs/${id}`);
    } catch (error) {
      const { message, hint } = toErrorInfo(error);
      await dialog.showMessageBox({ type: 'error', message, detail: hint, buttons: ['OK'] });
    }
  }
  const take = (files: readonly string[]): void => {
    for (const file of files) last = last.then(() => takeOne(file));
  };
  return {
    take,
    async choose() {
      const { filePaths } = await dialog.showOpenDialog({
        title: 'Import a run',
        properties: ['openFile', 'multiSelections'],
        filters: [{ name: 'From Noise run', extensions: [ARCHIVE_EXTENSION.slice(1)] }],
      });
      take(filePaths);
    },
  };
}
