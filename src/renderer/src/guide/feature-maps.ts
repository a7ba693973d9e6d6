import type { BlockMaps, ChannelMaps } from '#contract/inspection.ts';
import type { Rgb } from '../compare/difference.ts';
import { SIDE, type GreyRange } from '../pixels.ts';

/** Feature maps as pictures. */

/** Greys of each map's own range, or of the whole block's. */
export type MapScale = 'own' | 'one';
/** The colours of a change: none, less, more; and of the lines between maps, which would run together. */
interface ChangeColours {
  line: Rgb;
  ground: Rgb;
  minus: Rgb;
  plus: Rgb;
}
/** What a sheet shows: the maps from black to white, or a change from its one colour to the other. */
export type MapsShown = { maps: ChannelMaps; range: (i: number) => GreyRange; colours?: ChangeColours };

/** The values of map i, side × side. */
export function mapValues({ side, low, high, bytes }: ChannelMaps, i: number): Float32Array {
  const size = side * side;
  const step = (high[i]! - low[i]!) / 255;
  return Float32Array.from(bytes.subarray(i * size, (i + 1) * size), (b) => low[i]! + step * b);
}

/** What is black and white of a block's map i. A vector's numbers have no range of their own; they are on the block's. */
export function greysOf({ maps, low, high }: BlockMaps, i: number, scale: MapScale): GreyRange {
  const whole: GreyRange = [low, Math.max(high, low + Number.EPSILON)];
  if (scale === 'one' || maps.side === 1) return whole;
  return maps.high[i]! > maps.low[i]! ? [maps.low[i]!, maps.high[i]!] : whole;
}

/** What has the full colours of a change's map i: as far below 0 as above. */
export function coloursReach(maps: ChannelMaps, i: number, scale: MapScale): GreyRange {
  const most = (from: number, to: number): number => {
    let reach = 0;
    for (let at = from; at < to; at++) reach = Math.max(reach, Math.abs(maps.low[at]!), Math.abs(maps.high[at]!));
    return reach;
  };
  const reach = (scale === 'own' && maps.side > 1 ? most(i, i + 1) : 0) || most(0, maps.low.length) || 1;
  return [-reach, reach];
}

/** The map that varies most: it has most to show. Of a vector, the largest number. */
export function liveliest({ maps, means, deviations }: BlockMaps): number {
  const by = maps.side === 1 ? means : deviations;
  return by.reduce((best, value, i) => (value > by[best]! ? i : best), 0);
}

/** One map as pixels in RGBA. */
export function mapPixels({ maps, range, colours }: MapsShown, i: number): Uint8ClampedArray<ArrayBuffer> {
  const values = mapValues(maps, i);
  const [black, white] = range(i);
  const pixels = new Uint8ClampedArray(4 * values.length);
  values.forEach((v, at) => {
    const share = Math.min(1, Math.max(0, (v - black) / (white - black)));
    for (let c = 0; c < 3; c++) {
      if (colours === undefined) pixels[4 * at + c] = 255 * share;
      else {
        const towards = share < 0.5 ? colours.minus : colours.plus;
        pixels[4 * at + c] = colours.ground[c]! + (towards[c]! - colours.ground[c]!) * Math.abs(2 * share - 1);
      }
    }
    pixels[4 * at + 3] = 255;
  });
  return pixels;
}

/**
 * The maps as one image in RGBA, `columns` in a row, each enlarged to 28 pixels a side with a pixel of nothing between two, so that
 * the maps of every block have places of one size.
 */
export function sheetPixels(
  shown: MapsShown,
  columns: number,
): { pixels: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } {
  const { side, low } = shown.maps;
  const each = SIDE / side;
  const place = SIDE + 1;
  const width = columns * place - 1;
  const height = Math.max(1, Math.ceil(low.length / columns)) * place - 1;
  const sheet = new Uint32Array(width * height);
  const { colours } = shown;
  const line = colours && new Uint32Array(Uint8Array.of(...colours.line, 255).buffer)[0];
  for (let i = 0; i < low.length; i++) {
    const pixels = new Uint32Array(mapPixels(shown, i).buffer);
    const [left, top] = [(i % columns) * place, Math.floor(i / columns) * place];
    if (line !== undefined)
      for (let at = 0; at < place; at++) {
        if (left + SIDE < width && top + at < height) sheet[(top + at) * width + left + SIDE] = line;
        if (top + SIDE < height && left + at < width) sheet[(top + SIDE) * width + left + at] = line;
      }
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++)
        sheet[(top + y) * width + left + x] = pixels[Math.floor(y / each) * side + Math.floor(x / each)]!;
  }
  return { pixels: new Uint8ClampedArray(sheet.buffer), width, height };
}

/** How many columns a sheet of `count` maps has in a width, and CSS pixels for each pixel of 28: as large as fits a height. */
export function sheetLayout(
  count: number,
  width: number,
  height: number,
  scales: readonly number[],
): { columns: number; scale: number } {
  const at = (scale: number) => {
    const place = (SIDE + 1) * scale;
    const columns = Math.max(1, Math.min(count, Math.floor((width + scale) / place)));
    return { columns, scale, height: Math.ceil(count / columns) * place - scale };
  };
  const [smallest = 1, ...others] = scales;
  let best = at(smallest);
  for (const scale of others) {
    const next = at(scale);
    if (next.height <= height) best = next;
  }
  return { columns: best.columns, scale: best.scale };
}
