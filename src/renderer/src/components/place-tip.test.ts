import { describe, expect, it } from 'vitest';
import { placeTip } from './place-tip.ts';

const view = { width: 1000, height: 600 };
const tip = { width: 100, height: 20 };
const button = { left: 500, top: 300, width: 28, height: 28 };

describe('a tooltip', () => {
  it('stands in the middle of its side', () => {
    expect(placeTip(button, tip, 'bottom', view)).toEqual({ left: 464, top: 334 });
    expect(placeTip(button, tip, 'top', view)).toEqual({ left: 464, top: 274 });
    expect(placeTip(button, tip, 'right', view)).toEqual({ left: 534, top: 304 });
    expect(placeTip(button, tip, 'left', view)).toEqual({ left: 394, top: 304 });
  });
  it('goes to the other side where it has no room', () => {
    expect(placeTip({ ...button, top: 570 }, tip, 'bottom', view).top).toBe(544);
    expect(placeTip({ ...button, left: 10 }, tip, 'left', view).left).toBe(44);
  });
  it('stays within the window', () => {
    expect(placeTip({ ...button, left: 970 }, tip, 'bottom', view).left).toBe(892);
    expect(placeTip({ ...button, left: 0 }, tip, 'top', view).left).toBe(8);
  });
});
