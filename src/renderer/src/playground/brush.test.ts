import { describe, expect, it } from 'vitest';
import { stroke } from './brush.ts';

const empty = new Float32Array(784);
const at = (drawing: Float32Array, x: number, y: number): number => drawing[y * 28 + x]!;

describe('a stroke', () => {
  it('is white along its line, grey at its edge and black beyond', () => {
    const drawn = stroke(empty, { x: 5.5, y: 10.5 }, { x: 20.5, y: 10.5 }, 1, 1);
    for (const x of [5, 12, 20]) expect([at(drawn, x, 9), at(drawn, x, 10), at(drawn, x, 11)]).toEqual([1, 1, 1]);
    const edge = stroke(empty, { x: 5.5, y: 10 }, { x: 20.5, y: 10 }, 1, 1);
    expect(at(edge, 12, 11)).toBeGreaterThan(0);
    expect(at(edge, 12, 11)).toBeLessThan(1);
    expect([at(drawn, 12, 7), at(drawn, 12, 13), at(drawn, 2, 10), at(drawn, 24, 10)]).toEqual([0, 0, 0, 0]);
    expect(empty.every((v) => v === 0)).toBe(true);
  });

  it('of a press that does not move is a dot, and one over another leaves no seam', () => {
    const dot = stroke(empty, { x: 14.5, y: 14.5 }, { x: 14.5, y: 14.5 }, 1, 1);
    expect(at(dot, 14, 14)).toBe(1);
    expect(stroke(dot, { x: 14.5, y: 14.5 }, { x: 14.5, y: 14.5 }, 1, 1)).toEqual(dot);
  });

  it('of the eraser takes away what is under it alone', () => {
    const full = new Float32Array(784).fill(1);
    const erased = stroke(full, { x: 14.5, y: 0 }, { x: 14.5, y: 28 }, 1, 0);
    expect([at(erased, 14, 5), at(erased, 14, 20), at(erased, 10, 5)]).toEqual([0, 0, 1]);
  });

  it('may leave the drawing', () => {
    const drawn = stroke(empty, { x: -9, y: 14.5 }, { x: 40, y: 14.5 }, 1, 1);
    expect([at(drawn, 0, 14), at(drawn, 27, 14)]).toEqual([1, 1]);
  });
});
