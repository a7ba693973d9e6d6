import { useFileDialog } from '@vueuse/core';
import { ARCHIVE_EXTENSION } from '#contract/archive.ts';
import { useImports } from '../stores/imports.ts';

/** Gives what asks for files, and takes in the runs of those that are chosen. */
export function useImportDialog(): () => void {
  const imports = useImports();
  const { open, onChange } = useFileDialog({ accept: ARCHIVE_EXTENSION, multiple: true, reset: true });
  onChange((files) => {
    if (files !== null) void imports.take([...files]);
  });
  return () => open();
}
