/** Height of a row in pixels. */
export const ROW = 52;
/** Rows that are kept on each side of what is in view, so that a quick scroll shows no gap. */
const SPARE = 4;

/** Which of `count` rows exist while the list is scrolled to `top` in a place `height` pixels high. */
export function rowsInView(top: number, height: number, count: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(count, Math.floor(top / ROW) - SPARE));
  return { from, to: Math.min(count, Math.ceil((top + height) / ROW) + SPARE) };
}
