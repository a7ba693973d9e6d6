import { Buffer } from 'node:buffer';
import type { Page } from '@playwright/test';

export interface DecodedGif {
  width: number;
  height: number;
  frames: { milliseconds: number; /** of every pixel, row by row */ grey: number[] }[];
}

/** What a browser makes of a GIF: its own decoder knows nothing of how the file was written. */
export async function decodeGif(page: Page, bytes: Uint8Array): Promise<DecodedGif> {
  return await page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: 'image/gif' });
    await Promise.all([decoder.tracks.ready, decoder.completed]);
    const frames: { milliseconds: number; grey: number[] }[] = [];
    const size = { width: 0, height: 0 };
    for (let frameIndex = 0; frameIndex < (decoder.tracks[0]?.frameCount ?? 0); frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      [size.width, size.height] = [image.displayWidth, image.displayHeight];
      const context = new OffscreenCanvas(size.width, size.height).getContext('2d');
      context?.drawImage(image, 0, 0);
      const pixels = context?.getImageData(0, 0, size.width, size.height).data ?? new Uint8ClampedArray();
      frames.push({
        milliseconds: (image.duration ?? 0) / 1000,
        grey: [...pixels].filter((_, i) => i % 4 === 0),
      });
      image.close();
    }
    return { ...size, frames };
  }, Buffer.from(bytes).toString('base64'));
}
