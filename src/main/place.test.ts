import { describe, expect, it } from 'vitest';
import { placeWithin } from './place.ts';

const area = { x: 0, y: 25, width: 1920, height: 1055 };
const usual = { width: 1280, height: 840 };
const place = (bounds: unknown) => placeWithin(bounds, area, usual, { width: 960, height: 600 });

describe("a window's place", () => {
  it('is where it was', () => {
    expect(place({ x: 100, y: 50, width: 1200, height: 800 })).toEqual({ x: 100, y: 50, width: 1200, height: 800 });
    // half of it beyond the edge is where a person put it
    expect(place({ x: -600, y: 50, width: 1200, height: 800 })).toMatchObject({ x: -600 });
  });
  it('is no larger than the display, and no smaller than the page needs', () => {
    expect(place({ x: 0, y: 25, width: 3840, height: 2160 })).toEqual({ x: 0, y: 25, width: 1920, height: 1055 });
    expect(place({ x: 0, y: 25, width: 10, height: 10 })).toMatchObject({ width: 960, height: 600 });
  });
  it.each([
    { x: 5000, y: 50, width: 1200, height: 800 },
    { x: -1150, y: 50, width: 1200, height: 800 },
    { x: 100, y: 1000, width: 1200, height: 800 },
    { x: 100, y: -500, width: 1200, height: 800 },
  ])('is the middle where the display is gone: %o', (bounds) => {
    expect(place(bounds)).toEqual(usual);
  });
  it.each([
    undefined,
    null,
    'here',
    {},
    { x: 1, y: 2 },
    { x: NaN, y: 0, width: 1, height: 1 },
    { x: 0, y: 0, width: -5, height: 9 },
  ])('is the middle where the file says what can not be: %o', (bounds) => {
    expect(place(bounds)).toEqual(usual);
  });
});
