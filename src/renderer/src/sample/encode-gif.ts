import { joinParts, type GifPicture } from '#contract/grey-gif.ts';

const WORKERS = 2;

/** A film to be made into a GIF: its pictures in greys, each drawn when its turn comes. */
export interface GifFilm {
  count: number;
  draw: (index: number) => Pick<GifPicture, 'greys' | 'width' | 'height' | 'scale' | 'hundredths'>;
}

/**
 * A film as an animated GIF that starts over, made in workers. Rejects with the signal's reason once it is aborted; then
 * nothing goes on.
 */
export async function encodeGif(
  { count, draw }: GifFilm,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  const workers: Worker[] = [];
  try {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let [next, done] = [0, 0];
    const work = async (worker: Worker): Promise<void> => {
      while (next < count) {
        const index = next++;
        parts[index] = await encodedBy(worker, { ...draw(index), index, count });
        onProgress(++done / count);
      }
    };
    while (workers.length < Math.min(WORKERS, count))
      workers.push(new Worker(new URL('./gif-worker.ts', import.meta.url), { type: 'module' }));
    await Promise.race([aborted, Promise.all(workers.map(work))]);
    return joinParts(parts);
  } finally {
    signal.removeEventListener('abort', abort);
    for (const worker of workers) worker.terminate();
  }
}

/** A picture's part of the file, out of a worker that has nothing else to do. */
const encodedBy = (worker: Worker, picture: GifPicture): Promise<Uint8Array<ArrayBuffer>> =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`The GIF could not be made: ${message || 'its worker did not start'}.`));
    worker.postMessage(picture);
  });
