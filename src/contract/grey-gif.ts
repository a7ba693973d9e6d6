/** Animated GIFs of greys, in a window's worker and in figures alike. */
import GIFEncoder from 'gif.js/src/GIFEncoder.js';

/** A picture of a GIF: greys that are drawn larger by a whole factor. */
export interface GifPicture {
  /** width × height, row by row */
  greys: Uint8Array;
  width: number;
  height: number;
  /** pixels of the GIF for each grey, both ways */
  scale: number;
  /** how long it stands, in hundredths of a second */
  hundredths: number;
  /** where it stands in the GIF */
  index: number;
  count: number;
}

const GREYS = Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3));

// what gif.js' compression writes to and nowhere declares, which a module is refused
Object.assign(globalThis, { n_bits: 0, remaining: 0, curPixel: 0 });

/**
 * gif.js looks for every pixel's colour among the 256 of the palette, which is nearly all of its time. Here pixels are greys
 * from the start: their colour is their number, exactly.
 */
class GreyEncoder extends GIFEncoder {
  override getImagePixels(): void {
    // addFrame has set `image`, which is all there is to get
  }
  override analyzePixels(): void {
    this.indexedPixels = this.image;
    this.colorTab = GREYS;
    this.colorDepth = 8;
    this.palSize = 7;
  }
}

/**
 * A picture's part of an animated GIF that starts over: the first begins with the header, the last ends with the trailer.
 * All parts in order are the file.
 */
export function encodePicture({ greys, width, height, scale, hundredths, index, count }: GifPicture): Uint8Array<ArrayBuffer> {
  const encoder = new GreyEncoder(width * scale, height * scale);
  if (index === 0) encoder.writeHeader();
  encoder.firstFrame = index === 0;
  encoder.setRepeat(0);
  encoder.setGlobalPalette(GREYS);
  encoder.setDelay(10 * hundredths);
  encoder.addFrame(enlarged(greys, width, scale));
  if (index === count - 1) encoder.finish();
  const { pages, cursor } = encoder.out;
  const last = pages.length - 1;
  const part = new Uint8Array(last * pages[0]!.length + cursor);
  pages.forEach((page, i) => part.set(i === last ? page.subarray(0, cursor) : page, i * page.length));
  return part;
}

/** The file, of its pictures' parts in order. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Every grey as a square of `scale` × `scale` pixels. */
function enlarged(greys: Uint8Array, width: number, scale: number): Uint8Array {
  const across = width * scale;
  const pixels = new Uint8Array(greys.length * scale * scale);
  for (let row = 0; row < greys.length / width; row++) {
    const top = row * scale * across;
    for (let x = 0; x < across; x++) pixels[top + x] = greys[row * width + Math.floor(x / scale)]!;
    for (let copy = 1; copy < scale; copy++) pixels.copyWithin(top + copy * across, top, top + across);
  }
  return pixels;
}
