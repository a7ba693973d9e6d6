import type { Rectangle } from 'electron';

interface Size {
  width: number;
  height: number;
}

/** So much of a window has to be on a display, for a hand to take hold of it. */
const GRIP = 100;

/**
 * Where a window opens that was at `bounds`: there, no larger than the display nearest to it, nor smaller than the page needs.
 * In the middle at the usual size where that display is gone, or where the file says what can't be.
 */
export function placeWithin(bounds: unknown, workArea: Rectangle, usual: Size, smallest: Size): Partial<Rectangle> {
  if (!isRectangle(bounds)) return usual;
  const width = Math.max(smallest.width, Math.min(bounds.width, workArea.width));
  const height = Math.max(smallest.height, Math.min(bounds.height, workArea.height));
  const wide = Math.min(bounds.x + width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
  const high = Math.min(bounds.y + height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
  // its bar is at the top: above the display's edge nobody reaches it
  if (wide < GRIP || high < GRIP || bounds.y < workArea.y) return usual;
  return { x: bounds.x, y: bounds.y, width, height };
}

/** Whether it was read as one: all its numbers whole, and a size. */
export function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false;
  const { x, y, width, height } = value as Partial<Rectangle>;
  return [x, y, width, height].every((n) => Number.isSafeInteger(n)) && width! > 0 && height! > 0;
}
