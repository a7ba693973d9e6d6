import { resolve } from 'node:path';
import { dialog } from 'electron';
import { ARCHIVE_EXTENSION, isArchiveName, type Archives } from '#contract/archive.ts';
import { toErrorInfo } from '#contract/error.ts';

/** The archives of runs among a program's arguments, as absolute paths. */
export const archivesIn = (argv: readonly string[], folder: string): string[] =>
  argv.filter((word) => !word.startsWith('-') && isArchiveName(word)).map((word) => resolve(folder, word));

export interface Imports {
  /** Takes runs in, one after the other, and shows each that has come; in the window they are told of as they come. */
  take(files: readonly string[]): void;
  /** Asks for files to take in. */
  choose(): Promise<void>;
}

/** Takes runs in that come as files past the window: opened in the file manager, or chosen by the menu. */
export function createImports(archives: Archives, show: (route: string) => void): Imports {
  async function takeOne(file: string): Promise<void> {
    try {
      const outcome = await archives.importFile(file);
      if (outcome.status === 'done') show(`#/runs/${outcome.id}`);
    } catch (error) {
      const { message, hint } = toErrorInfo(error);
      await dialog.showMessageBox({ type: 'error', message, detail: hint, buttons: ['OK'] });
    }
  }
  const take = (files: readonly string[]): void => {
    for (const file of files) void takeOne(file);
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
