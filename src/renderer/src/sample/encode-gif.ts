import GIF from 'gif.js/dist/gif.js';
import workerScript from 'gif.js/dist/gif.worker.js?url';

/** Greys are their own colours, so that gif.js neither looks for a palette nor changes a pixel. */
const GREYS = Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3));
const WORKERS = 2;
const TRAILER = 0x3b;

/** A picture in greys, and how long it stands, in hundredths of a second. */
export interface GifFrame {
  image: ImageData;
  hundredths: number;
}

/**
 * Pictures of one size as an animated GIF that starts over, made in workers. Rejects with the signal's reason once it is
 * aborted; then nothing goes on.
 */
export async function encodeGif(
  frames: readonly GifFrame[],
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  signal.throwIfAborted();
  const { width, height } = frames[0]!.image;
  const gif = new GIF({ width, height, workers: WORKERS, workerScript, repeat: 0, globalPalette: GREYS });
  for (const { image, hundredths } of frames) gif.addFrame(image, { delay: 10 * hundredths });
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  gif.on('progress', onProgress);
  // what it gives is filled up to its last page
  gif.on('finished', (_, bytes) => resolve(bytes.slice(0, bytes.lastIndexOf(TRAILER) + 1)));
  try {
    gif.render();
    const workers = [...gif.activeWorkers, ...gif.freeWorkers];
    for (const worker of workers)
      worker.onerror = ({ message }) => reject(new Error(`The GIF could not be made: ${message || 'its worker did not start'}.`));
    try {
      return await promise;
    } finally {
      // those that have nothing to do too, which gif.js keeps
      for (const worker of workers) worker.terminate();
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
