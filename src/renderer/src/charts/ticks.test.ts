import { describe, expect, it } from 'vitest';
import { axisTicks, axisUnit, epochEvery, linearTicks, lossTicks, stepTicks } from './ticks.ts';

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
  it.each<[number, number, string[], string]>([
    [0, 94.23, ['0', '20', '40', '60', '94.2'], 's'],
    [0, 1093, ['0', '5', '10', '15', '18.2'], 'min'],
    [0, 8280, ['0', '0.5', '1', '1.5', '2.3'], 'h'],
    [600, 612, ['10', '10.05', '10.1', '10.15', '10.2'], 'min'],
    [0, 0.8, ['0', '0.2', '0.4', '0.6', '0.8'], 's'],
  ])('of times from %d to %d s are in the unit that they are read in', (from, to, texts, unit) => {
    const axis = { by: 'time', range: [from, to] } as const;
    const ticks = axisTicks(axis, 540);
    expect(ticks.map(({ text }) => text)).toEqual(texts);
    expect(ticks.at(-1)!.value).toBe(to);
    expect(axisUnit(axis)).toBe(unit);
  });
  it('of steps, epochs and images are in what they count', () => {
    expect(axisTicks({ by: 'epoch', range: [0, 2.5] }, 300)).toEqual([
      { value: 0, text: '0' },
      { value: 1, text: '1' },
      { value: 2.5, text: '2.5' },
    ]);
    expect(axisTicks({ by: 'image', range: [0, 60_000] }, 100).at(-1)!.text).toBe('60,000');
    expect((['step', 'epoch', 'image'] as const).map((by) => axisUnit({ by, range: [0, 9] }))).toEqual([
      'steps',
      'epochs',
      'images',
    ]);
  });
  it('of epochs stay apart', () => {
    expect([200, 20, 3, 0.1].map((pixels) => epochEvery(pixels))).toEqual([1, 2, 10, 500]);
  });
});
