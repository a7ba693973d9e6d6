import type { Rgb } from './difference.ts';

/** A colour of the design as the screen has it: `--plus` → red, green, blue. */
export function readColour(variable: string): Rgb {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  if (context === null) return [0, 0, 0];
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable);
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red!, green!, blue!];
}
