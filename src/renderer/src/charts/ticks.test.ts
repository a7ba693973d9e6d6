import { describe, expect, it } from 'vitest';
import { epochEvery, linearTicks, lossTicks, stepTicks } from './ticks.ts';

describe('ticks', () => {
  it('thin out to tens where 1-2-5 would crowd', () => {
    expect(lossTicks(0.005, 0.5)).toEqual([0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
    expect(lossTicks(1e-5, 10)).toEqual([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]);
  });
  it('on a linear axis are round', () => {
    expect(linearTicks(0, 0.05)).toEqual([0, 0.01, 0.02, 0.03, 0.04, 0.05]);
    expect(linearTicks(0, 2)).toEqual([0, 0.5, 1, 1.5, 2]);
  });
  it('on the step axis are round, apart, and end with the plan', () => {
    expect(stepTicks([0, 1175], 800)).toEqual([0, 200, 400, 600, 800, 1000, 1175]);
    expect(stepTicks([0, 5], 800)).toEqual([0, 1, 2, 3, 4, 5]);
  });
  it('of epochs stay apart', () => {
    expect([200, 20, 3, 0.1].map((pixels) => epochEvery(pixels))).toEqual([1, 2, 10, 500]);
  });
});
