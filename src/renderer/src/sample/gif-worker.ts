/** Encodes pictures of a GIF, each as it is asked for, beside the page. */
import { encodePicture, type GifPicture } from '#contract/grey-gif.ts';

self.onmessage = ({ data }: MessageEvent<GifPicture>) => {
  const part = encodePicture(data);
  self.postMessage(part, { transfer: [part.buffer] });
};
