import { SIDE, wholeScale } from '../pixels.ts';

const GAP = 24;
const HEAD = 28;

/** How sheets of digits are laid out: the columns of sheets, and CSS pixels for each pixel of a digit. */
export interface SheetLayout {
  columns: number;
  scale: number;
}

/**
 * The layout in which `sheets` sheets of `across` × `down` digits are largest within a width and a height. Where not
 * even the smallest fits the height, the widest arrangement stands, and the page scrolls.
 */
export function layOut(
  { sheets, across, down }: { sheets: number; across: number; down: number },
  { width, height }: { width: number; height: number },
  pixelRatio: number,
): SheetLayout {
  let best: SheetLayout | undefined;
  for (let columns = 1; columns <= sheets; columns++) {
    const rows = Math.ceil(sheets / columns);
    const byWidth = (width - (columns - 1) * GAP) / (columns * across * SIDE);
    const byHeight = (height / rows - HEAD - GAP / 2) / (down * SIDE);
    const devicePixels = Math.floor(Math.min(byWidth, byHeight) * pixelRatio);
    if (devicePixels < 1) continue;
    const scale = devicePixels / pixelRatio;
    if (best === undefined || scale > best.scale) best = { columns, scale };
  }
  if (best !== undefined) return best;
  const columns = Math.max(1, Math.min(sheets, Math.floor((width + GAP) / (across * SIDE + GAP))));
  return { columns, scale: wholeScale(1, pixelRatio) };
}
