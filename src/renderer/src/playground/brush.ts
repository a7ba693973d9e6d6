import { SIDE } from '../pixels.ts';

export interface Point {
  /** in pixels of the drawing, from its upper left corner */
  x: number;
  y: number;
}

/** How a brush leaves its edge, in pixels. */
const SOFT = 0.9;

/**
 * A drawing with a stroke from one point to another: within `radius` of the line it is `ink`, 1 or 0, with a soft edge, as
 * MNIST's digits have it. The one that was given stays as it is.
 */
export function stroke(drawing: Float32Array, from: Point, to: Point, radius: number, ink: 0 | 1): Float32Array {
  const drawn = drawing.slice();
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [column + 0.5 - from.x, row + 0.5 - from.y];
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / length));
      const distance = Math.hypot(x - along * dx, y - along * dy);
      const amount = Math.min(1, Math.max(0, (radius + SOFT - distance) / SOFT));
      const at = row * SIDE + column;
      drawn[at] = ink === 1 ? Math.max(drawn[at]!, amount) : Math.min(drawn[at]!, 1 - amount);
    }
  return drawn;
}
