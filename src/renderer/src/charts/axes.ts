import { Chart, LinearScale, LogarithmicScale } from 'chart.js';
import { placeIn, type Drawing, type Place } from './drawing.ts';
import type { Palette } from './paint.ts';
import { axisTicks, axisUnit, linearTicks, lossTicks } from './ticks.ts';

/** The axes of a chart on a canvas of their own: Chart.js lays them out, and they are left alone while nothing of them changes. */
export interface Axes {
  /** Draws them where they have changed. Returns the plot's place, the same object while that is the same. */
  draw(drawing: Drawing, palette: Palette, size: Size): Place;
  close(): void;
}

export interface Size {
  width: number;
  height: number;
  /** device pixels to a pixel */
  ratio: number;
}

/** Above the plot the epochs are marked; at its right stand the letters of lines, where they have any. */
const ROOM = { top: 18, right: 5, rightOfMarks: 22 };

Chart.register(LinearScale, LogarithmicScale);

export function createAxes(canvas: HTMLCanvasElement): Axes {
  const chart = new Chart(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: false,
      maintainAspectRatio: false,
      events: [],
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
    },
  });
  let drawn: { key: string; palette: Palette; place: Place } | undefined;
  return {
    draw(drawing, palette, { width, height, ratio }) {
      const { scale, by, range, whole, y, series } = drawing;
      const hasMarks = series.some((s) => s.series.mark !== undefined);
      const key = JSON.stringify([scale, by, range, whole, y, hasMarks, width, height, ratio]);
      if (drawn?.key === key && drawn.palette === palette) return drawn.place;
      chart.options.devicePixelRatio = ratio;
      chart.options.scales = scales(drawing, palette);
      chart.options.layout = { padding: { top: ROOM.top, right: hasMarks ? ROOM.rightOfMarks : ROOM.right } };
      chart.resize(width, height);
      chart.update('none');
      const { left, right, top, bottom } = chart.chartArea;
      drawn = { key, palette, place: placeIn({ left, right, top, bottom }, drawing) };
      return drawn.place;
    },
    close: () => chart.destroy(),
  };
}

/** Chart.js' view of the axes. Ticks are ours, since its own move while a curve grows. */
function scales(drawing: Drawing, colours: Palette) {
  const { scale: kind, by, range, whole: end, y } = drawing;
  const [from, to] = range;
  const font = { family: colours.font, size: 11 };
  const unit = axisUnit(drawing);
  let words = new Map<number, string>();
  return {
    x: {
      type: 'linear' as const,
      min: from,
      max: to,
      grid: { display: false },
      border: { color: colours.axis },
      // the plot reaches the edge of its column; its labels are kept inside
      afterFit: (axis: { paddingLeft: number; paddingRight: number }) => {
        axis.paddingLeft = axis.paddingRight = 0;
      },
      afterBuildTicks: (axis: { ticks: { value: number }[]; width: number }) => {
        const ticks = axisTicks(drawing, axis.width);
        axis.ticks = ticks.map(({ value }) => ({ value }));
        words = new Map(ticks.map(({ value, text }) => [value, text]));
      },
      ticks: {
        align: 'inner' as const,
        autoSkip: false,
        maxRotation: 0,
        font,
        color: colours.grey,
        callback: (value: string | number) => {
          const text = words.get(Number(value)) ?? '';
          if (Number(value) !== to) return text;
          return to === end || by === 'time' ? `${text} ${unit}` : `${by} ${text}`;
        },
      },
    },
    y: {
      type: kind === 'log' ? ('logarithmic' as const) : ('linear' as const),
      min: y.min,
      max: y.max,
      grid: { color: colours.grid, drawTicks: false },
      border: { display: false },
      // room for 0.005: the plot keeps its place when the ticks change
      afterFit: (axis: { width: number }) => {
        axis.width = 44;
      },
      afterBuildTicks: (axis: { ticks: { value: number }[] }) => {
        axis.ticks = (kind === 'log' ? lossTicks(y.min, y.max) : linearTicks(y.min, y.max)).map((value) => ({ value }));
      },
      ticks: { padding: 8, autoSkip: false, font, color: colours.grey, callback: (value: string | number) => String(value) },
    },
  };
}
