export type Side = 'top' | 'right' | 'bottom' | 'left';
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** pixels between a tooltip and what it is about, and between it and the window's edge */
const GAP = 6;
const EDGE = 8;
const opposite = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' } as const;

/** Where a tooltip stands: in the middle of a side, of the opposite one where it has no room, and within the window. */
export function placeTip(
  anchor: Box,
  tip: { width: number; height: number },
  side: Side,
  view: { width: number; height: number },
): { left: number; top: number } {
  const room = {
    top: anchor.top,
    bottom: view.height - anchor.top - anchor.height,
    left: anchor.left,
    right: view.width - anchor.left - anchor.width,
  };
  const isLevel = side === 'left' || side === 'right';
  const needed = GAP + EDGE + (isLevel ? tip.width : tip.height);
  const there = room[side] >= needed || room[side] >= room[opposite[side]] ? side : opposite[side];
  const middle = {
    left: anchor.left + (anchor.width - tip.width) / 2,
    top: anchor.top + (anchor.height - tip.height) / 2,
  };
  const beside = {
    top: { top: anchor.top - GAP - tip.height },
    bottom: { top: anchor.top + anchor.height + GAP },
    left: { left: anchor.left - GAP - tip.width },
    right: { left: anchor.left + anchor.width + GAP },
  }[there];
  const { left, top } = { ...middle, ...beside };
  return { left: within(left, view.width - tip.width), top: within(top, view.height - tip.height) };
}
const within = (at: number, end: number): number => Math.round(Math.max(EDGE, Math.min(end - EDGE, at)));
