import { fileNameOf, saveFile } from '../save-file.ts';
import type { Axis } from './along.ts';
import { draw, type Scale } from './drawing.ts';
import { lossCsv } from '#contract/loss-csv.ts';
import type { LossSeries } from './loss-series.ts';
import { lossSvg, SVG_WIDTH } from './loss-svg.ts';
import { readPalette, type Palette } from './paint.ts';
import type { Range } from './viewport.ts';

export type ChartFormat = 'png' | 'svg' | 'csv';

/** Pixels for each unit of the drawing. */
const PNG_SCALE = 3;

/** What is shown, as a file: pictures of the part in view, on paper in any theme; the table has all of it. */
export async function exportChart(
  format: ChartFormat,
  title: string,
  series: readonly LossSeries[],
  view: { scale: Scale; by: Axis; range: Range | undefined },
): Promise<void> {
  const name = fileNameOf(title);
  if (format === 'csv') {
    saveFile(`${name}.csv`, 'text/csv', lossCsv(series));
    return;
  }
  const svg = lossSvg(draw(series, { ...view, columns: SVG_WIDTH }), paperPalette(), title);
  if (format === 'svg') saveFile(`${name}.svg`, 'image/svg+xml', svg);
  else saveFile(`${name}.png`, 'image/png', await rasterise(svg));
}

/** The light theme's colours, whichever is shown, as every program that reads SVG knows them. */
function paperPalette(): Palette {
  const sheet = document.createElement('div');
  sheet.dataset.theme = 'light';
  sheet.hidden = true;
  document.body.append(sheet);
  const { series, font, ...others } = readPalette(sheet, 'paper');
  sheet.remove();
  const inHex = <T extends object>(colours: T): T =>
    Object.fromEntries(Object.entries(colours).map(([name, colour]) => [name, hex(colour as string)])) as T;
  return { ...inHex(others), series: inHex(series), font };
}

/** A CSS colour as #rrggbb. */
function hex(colour: string): string {
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return `#${[r!, g!, b!].map((v) => v.toString(16).padStart(2, '0')).join('')}`;
}

async function rasterise(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * PNG_SCALE;
    canvas.height = image.naturalHeight * PNG_SCALE;
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture could not be made.')) : resolve(blob)), 'image/png');
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
