import { SIDE, wholeScale } from '../pixels.ts';

/** How two sheets of digits stand in a place. */
export interface Arrangement {
  /** digits in a row of a sheet */
  columns: number;
  /** CSS pixels for each pixel of a digit */
  scale: number;
  /** one above the other */
  stacked: boolean;
}
const BETWEEN = 32;
const CAPTION = 28;
/** Rows of ten are the assignment’s; half of that has to be so much larger. */
const ROW = 10;
const WORTH = 1.5;

/**
 * The arrangement of two sheets of `count` digits in which they are largest; side by side where it makes no difference.
 */
export function arrange(count: number, room: { width: number; height: number }, pixelRatio: number): Arrangement {
  const rows = Math.min(count, ROW);
  const whole = largest(count, count < ROW ? Array.from({ length: count }, (_, i) => count - i) : [rows], room, pixelRatio);
  const half = count < ROW ? undefined : largest(count, [ROW / 2], room, pixelRatio);
  if (half !== undefined && half.scale >= WORTH * (whole?.scale ?? 0)) return half;
  return whole ?? { columns: rows, scale: wholeScale(1, pixelRatio), stacked: true };
}

/** Undefined where not even one pixel for each fits. */
function largest(
  count: number,
  widths: readonly number[],
  { width, height }: { width: number; height: number },
  pixelRatio: number,
): Arrangement | undefined {
  let best: Arrangement | undefined;
  for (const stacked of [false, true])
    for (const columns of widths) {
      const rows = Math.ceil(count / columns);
      const [across, down] = stacked ? [columns, 2 * rows] : [2 * columns, rows];
      const byWidth = (width - (stacked ? 0 : BETWEEN)) / (across * SIDE);
      const byHeight = (height - (stacked ? 2 : 1) * CAPTION - (stacked ? 8 : 0)) / (down * SIDE);
      const devicePixels = Math.floor(Math.min(byWidth, byHeight) * pixelRatio);
      if (devicePixels < 1) continue;
      const scale = devicePixels / pixelRatio;
      if (best === undefined || scale > best.scale) best = { columns, scale, stacked };
    }
  return best;
}
