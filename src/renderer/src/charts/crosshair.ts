import type { Place } from './drawing.ts';
import type { Palette } from './paint.ts';
import type { Reading } from './reading.ts';

/** Draws the crosshair: an upright line, and a dot on each curve. */
export function paintCrosshair(
  ctx: CanvasRenderingContext2D,
  readings: readonly Reading[],
  place: Place,
  palette: Palette,
): void {
  const [first] = readings;
  if (first === undefined) return;
  ctx.fillStyle = palette.cross;
  ctx.fillRect(Math.round(first.x), place.top, 1, place.bottom - place.top);
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = palette.ground;
  for (const { series, x, y } of readings) {
    ctx.beginPath();
    ctx.arc(x, y, 4.75, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 4, 0, 2 * Math.PI);
    ctx.fillStyle = palette.series[series.colour];
    ctx.fill();
  }
}
