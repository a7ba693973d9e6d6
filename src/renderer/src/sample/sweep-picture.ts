import { pngOf, sheetCanvas } from './picture.ts';

/** Height of the labels, in pixels of the picture. */
const HEAD = 40;
const SCALE = 4;
const GAP = 12;

/** Columns of digits with their labels above, on white, as a PNG. All of them have as many. */
export async function sweepPicture(
  columns: readonly { label: string; images: Float32Array }[],
): Promise<Uint8Array<ArrayBuffer>> {
  const sheets = columns.map(({ images }) => sheetCanvas(images, 1, SCALE));
  const { width, height } = sheets[0]!;
  const picture = document.createElement('canvas');
  picture.width = columns.length * (width + GAP) + GAP;
  picture.height = HEAD + height + GAP;
  const context = picture.getContext('2d');
  if (context === null) throw new Error('this window can not draw');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, picture.width, picture.height);
  context.fillStyle = '#000';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = '500 20px "Inter Variable", sans-serif';
  for (const [i, sheet] of sheets.entries()) {
    const left = GAP + i * (width + GAP);
    context.fillText(columns[i]!.label, left + width / 2, HEAD / 2, width + GAP);
    context.drawImage(sheet, left, HEAD);
  }
  return await pngOf(picture);
}
