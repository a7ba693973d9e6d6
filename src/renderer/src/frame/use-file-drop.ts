import { refAutoReset, useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';

/** A browser tells of what hovers several times a second: silence for so long means that it has gone, however it went. */
const GONE_MS = 700;

/**
 * Files of the system that are dragged over the window and dropped on it, wherever. What is dragged within the page is left to
 * the page. Gives whether files hover now.
 */
export function useFileDrop(take: (files: File[]) => void): Readonly<Ref<boolean>> {
  const hovers = refAutoReset(false, GONE_MS);
  // a picture of the page counts as a file too
  let isOurs = false;
  const brings = (event: DragEvent): boolean => !isOurs && event.dataTransfer?.types.includes('Files') === true;

  useEventListener(document, 'dragstart', () => void (isOurs = true));
  useEventListener(document, 'dragend', () => void (isOurs = false));
  useEventListener(document, ['dragenter', 'dragover'], (event) => {
    if (!brings(event)) return;
    // without it the browser would open the file in place of the page
    event.preventDefault();
    event.dataTransfer!.dropEffect = 'copy';
    hovers.value = true;
  });
  useEventListener(document, 'dragleave', (event) => {
    // out of the window, not onto another element
    if (event.relatedTarget === null) hovers.value = false;
  });
  useEventListener(document, 'drop', (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    hovers.value = false;
    take([...event.dataTransfer!.files]);
  });
  return hovers;
}
