import type { Size } from './axes.ts';

/** The context of a canvas that lies over others, as large as they are and empty. */
export function emptyLayer(canvas: HTMLCanvasElement, { width, height, ratio }: Size): CanvasRenderingContext2D {
  const ctx = canvas.getContext('2d')!;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, across, down);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}
