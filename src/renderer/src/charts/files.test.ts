// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { presetRecipe } from '#contract/preset.ts';
import { draw } from './drawing.ts';
import { lossCsv } from '#contract/loss-csv.ts';
import { useLossSeries, type CurveSource } from './loss-series.ts';
import { lossSvg } from './loss-svg.ts';
import type { Palette } from './paint.ts';

const recipe = { ...presetRecipe('denoiser', 'assigned'), subset: 512, batchSize: 256, epochs: 3 };
function source(key: string, losses: number[], more: Partial<CurveSource> = {}): CurveSource {
  return {
    key,
    name: `Run "${key}", <σ>`,
    colour: 'd1',
    recipe,
    live: false,
    curve: {
      steps: Int32Array.from(losses, (_, i) => i + 1),
      losses: Float32Array.from(losses),
      learningRates: new Float32Array(losses.length).fill(1e-4),
      seconds: Float32Array.from(losses, (_, i) => 0.5 * (i + 1)),
      testSteps: Int32Array.of(2),
      testLosses: Float32Array.of(0.25),
    },
    ...more,
  };
}
const seriesOf = (sources: CurveSource[], byTime = false) =>
  useLossSeries(
    () => sources,
    () => byTime,
  ).value;

describe('the table of curves', () => {
  it('has every step with what belongs to it', () => {
    const lines = lossCsv(seriesOf([source('a', [0.5, 0.25, NaN])]))
      .trimEnd()
      .split('\n');
    expect(lines[0]).toBe('step,epoch,seconds,loss,smoothed loss,learning rate,test loss');
    expect(lines[1]).toMatch(/^1,1,0\.5,0\.5,0\.\d+,0\.0001,$/);
    expect(lines[2]).toMatch(/^2,1,1,0\.25,0\.\d+,0\.0001,0\.25$/);
    expect(lines[3]).toMatch(/^3,2,1\.5,,0\.\d+,0\.0001,$/);
    expect(lines).toHaveLength(4);
  });
  it('puts several runs side by side, named, with gaps where one is shorter', () => {
    const lines = lossCsv(seriesOf([source('a', [0.5]), source('b', [0.1, 0.2])]))
      .trimEnd()
      .split('\n');
    expect(lines[0]).toContain('"Run ""a"", <σ>: loss"');
    expect(lines[2]!.split(',').slice(0, 7)).toEqual(['2', '', '', '', '', '', '0.25']);
    expect(lines[2]!.split(',').slice(8, 10)).toEqual(['1', '0.2']);
  });
});

describe('the drawing as a file', () => {
  const palette: Palette = {
    series: { d1: '#111111', d2: '#222222', d3: '#333333', d4: '#444444', d5: '#555555', 'ink-4': '#666666' },
    ground: '#ffffff',
    ink: '#000000',
    cross: '#555555',
    grey: '#777777',
    grid: '#eeeeee',
    axis: '#999999',
    dash: '#cccccc',
    font: 'Inter',
  };
  it('is SVG that a parser takes, with names, axes and lines in place', () => {
    const series = seriesOf([source('a', [0.5, 0.25, 0.2], { mark: 'A' }), source('b', [0.1, 0.2], { mark: 'B', colour: 'd2' })]);
    const svg = lossSvg(draw(series, { scale: 'log', by: 'step', range: undefined, columns: 960 }), palette, 'Loss <& more>');
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    const texts = [...parsed.querySelectorAll('text')].map((t) => t.textContent);
    expect(texts).toContain('Loss <& more>');
    expect(texts).toContain('A  Run "a", <σ>');
    expect(texts).toEqual(expect.arrayContaining(['0.1', '0.5', '6', 'epoch 1', 'A', 'B']));
    expect(svg).toContain('stroke="#222222"');
    expect(svg).not.toContain('NaN');
  });
});

describe('a curve by t', () => {
  const curve = { ...source('a', [1, 1]).curve!, quarterLosses: Float32Array.of(1, 2, 3, 4, 5, NaN, 7, 8) };
  it('becomes four lines, lowest t first', () => {
    const series = seriesOf([source('a', [], { curve })], true);
    expect(series.map((s) => [...s.losses])).toEqual([
      [1, 5],
      [2, NaN],
      [3, 7],
      [4, 8],
    ]);
    expect(series.every((s) => s.smooth.every(Number.isFinite))).toBe(true);
    expect(new Set(series.map((s) => s.colour)).size).toBe(4);
  });
  it('stays one line where there are no quarters', () => {
    expect(seriesOf([source('a', [1, 2])], true)).toHaveLength(1);
  });
});
