/** Draws the program's icons out of the page's: `npm run make-icons`. What it makes is in the repository. */
import { writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { root } from './root.mjs';

const drawing = readFileSync(join(root, 'src/renderer/public/icon.svg'), 'utf8').replace(/<\/?svg[^>]*>/g, '');

/** A square PNG: the picture on a plate with round corners, and around it the air that a dock's icons have. */
function png(size, air) {
  const side = 1 - 2 * air;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">
    <clipPath id="plate"><rect x="${air}" y="${air}" width="${side}" height="${side}" rx="${side * 0.225}"/></clipPath>
    <g clip-path="url(#plate)"><g transform="translate(${air} ${air}) scale(${side / 7})" shape-rendering="crispEdges">${drawing}</g></g>
  </svg>`;
  return Buffer.from(new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng());
}

/** Windows' container of pictures; each is a PNG, which it reads since Vista. */
function ico(sizes) {
  const pictures = sizes.map((size) => png(size, 0));
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  for (const [i, size] of sizes.entries()) {
    const at = 6 + 16 * i;
    head.writeUInt8(size === 256 ? 0 : size, at);
    head.writeUInt8(size === 256 ? 0 : size, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(pictures[i].length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += pictures[i].length;
  }
  return Buffer.concat([head, ...pictures]);
}

/** macOS' container: a type of four letters, a length, and the PNG. */
function icns() {
  const types = { icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512, ic10: 1024, ic11: 32, ic12: 64, ic13: 256, ic14: 512 };
  const chunks = Object.entries(types).map(([type, size]) => {
    const picture = png(size, 0.098);
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(picture.length + 8, 4);
    return Buffer.concat([head, picture]);
  });
  const all = Buffer.concat(chunks);
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(all.length + 8, 4);
  return Buffer.concat([head, all]);
}

const folder = join(root, 'resources');
writeFileSync(join(folder, 'icon.png'), png(512, 0));
writeFileSync(join(folder, 'tray.png'), png(32, 0));
writeFileSync(join(folder, 'icon.ico'), ico([16, 24, 32, 48, 64, 128, 256]));
writeFileSync(join(folder, 'icon.icns'), icns());
