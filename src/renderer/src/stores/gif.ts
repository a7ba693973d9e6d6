import { defineStore } from 'pinia';
import { onScopeDispose, ref } from 'vue';
import { encodeGif, type GifFilm } from '../sample/encode-gif.ts';
import { saveFile } from '../save-file.ts';
import { useNotices } from './notices.ts';

/** The GIF that is being made. It goes on while the person looks elsewhere, and is handed out when it is done. */
export const useGif = defineStore('gif', () => {
  const notices = useNotices();
  /** a share, while one is made */
  const done = ref<number>();
  let making: AbortController | undefined;

  function cancel(): void {
    making?.abort();
    making = undefined;
    done.value = undefined;
  }
  onScopeDispose(cancel);

  /** Makes one of so many pictures, each drawn by `draw` when its turn comes, and saves it. One at a time. */
  async function make(fileName: string, count: number, draw: GifFilm['draw']): Promise<void> {
    cancel();
    const mine = (making = new AbortController());
    done.value = 0;
    try {
      const bytes = await encodeGif({ count, draw }, (share) => (done.value = share), mine.signal);
      cancel();
      saveFile(fileName, 'image/gif', bytes);
    } catch (error) {
      if (mine.signal.aborted) return;
      cancel();
      notices.report(error);
    }
  }
  return { done, make, cancel };
});
