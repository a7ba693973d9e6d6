import { expect } from 'vitest';

/** Pictures of a GIF in bytes of its palette, by its own specification (GIF89a); and the palette. */
export function readGif(bytes: Uint8Array): {
  width: number;
  height: number;
  delays: number[];
  palette: Uint8Array;
  pictures: Uint8Array[];
} {
  const word = (at: number) => bytes[at]! + 256 * bytes[at + 1]!;
  expect(String.fromCharCode(...bytes.subarray(0, 6))).toBe('GIF89a');
  const [width, height] = [word(6), word(8)];
  const colors = 2 << (bytes[10]! & 7);
  const palette = bytes.subarray(13, 13 + 3 * colors);
  let at = 13 + 3 * colors;
  const delays: number[] = [];
  const pictures: Uint8Array[] = [];
  for (;;) {
    const kind = bytes[at++];
    if (kind === 0x3b) break;
    if (kind === 0x21) {
      if (bytes[at] === 0xf9) delays.push(word(at + 3));
      at++;
    } else {
      expect(kind).toBe(0x2c);
      expect([word(at), word(at + 2), word(at + 4), word(at + 6), bytes[at + 8]]).toEqual([0, 0, width, height, 0]);
      at += 9;
    }
    const codeSize = kind === 0x2c ? bytes[at++]! : 0;
    const data: number[] = [];
    for (let length = bytes[at++]!; length > 0; length = bytes[at++]!, length) {
      for (let i = 0; i < length; i++) data.push(bytes[at + i]!);
      at += length;
    }
    if (kind === 0x2c) pictures.push(unpack(data, codeSize, width * height));
  }
  expect(at).toBe(bytes.length);
  return { width, height, delays, palette, pictures };
}

/** LZW as GIF has it. */
function unpack(data: number[], size: number, length: number): Uint8Array {
  const out: number[] = [];
  const [clear, end] = [1 << size, (1 << size) + 1];
  let table: number[][] = [];
  let width = size + 1;
  let before: number[] | undefined;
  for (let bit = 0; ;) {
    let code = 0;
    for (let i = 0; i < width; i++, bit++) code |= ((data[bit >> 3]! >> (bit & 7)) & 1) << i;
    if (code === end) break;
    if (code === clear) {
      table = Array.from({ length: clear + 2 }, (_, i) => [i]);
      width = size + 1;
      before = undefined;
      continue;
    }
    const entry: number[] = table[code] ?? [...before!, before![0]!];
    for (const value of entry) out.push(value);
    if (before !== undefined && table.length < 4096) table.push([...before, entry[0]!]);
    if (table.length === 1 << width && width < 12) width++;
    before = entry;
  }
  expect(out).toHaveLength(length);
  return Uint8Array.from(out);
}
