import type { Band } from '#contract/curve.ts';
import type { Along } from './along.ts';
import { endMarks, type Drawing, type Place } from './drawing.ts';
import type { SeriesColour } from './loss-series.ts';
import { epochEvery } from './ticks.ts';

/** What colours a chart is drawn in: the tokens' values, read once a drawing. */
export interface Palette {
  series: Readonly<Record<SeriesColour, string>>;
  /** behind the plot */
  ground: string;
  ink: string;
  /** of the crosshair */
  cross: string;
  grey: string;
  grid: string;
  axis: string;
  dash: string;
  font: string;
}

const SERIES: readonly SeriesColour[] = ['d1', 'd2', 'd3', 'd4', 'd5', 'ink-4'];

/** The palette of an element's theme. `ground` is the token of what lies behind. */
export function readPalette(element: Element, ground: 'canvas' | 'paper' = 'canvas'): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    series: Object.fromEntries(SERIES.map((name) => [name, token(name)])) as Palette['series'],
    ground: token(ground),
    ink: token('ink'),
    cross: token('ink-2'),
    grey: token('ink-3'),
    grid: token('grid'),
    axis: token('axis'),
    dash: token('line-2'),
    font: token('font-ui'),
  };
}

/** What a line is traced on: a canvas, or the text of an SVG path. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

/** A line through points whose x values are steps; it has gaps where a value is no number. */
export function traceLine(pen: Pen, { x, y }: { x: Float64Array; y: Float32Array }, along: Along, place: Place): void {
  let down = false;
  for (let i = 0; i < x.length; i++) {
    const at = place.y(y[i]!);
    if (!Number.isFinite(at)) {
      down = false;
      continue;
    }
    if (down) pen.lineTo(place.x(along.at(x[i]!)), at);
    else pen.moveTo(place.x(along.at(x[i]!)), at);
    down = true;
  }
}

/** The outline of a band: along its top, and back along its bottom. */
export function traceBand(pen: Pen, { x, low, high }: Band, along: Along, place: Place): void {
  if (x.length === 0) return;
  pen.moveTo(place.x(along.at(x[0]!)), place.y(high[0]!));
  for (let i = 1; i < x.length; i++) pen.lineTo(place.x(along.at(x[i]!)), place.y(high[i]!));
  for (let i = x.length - 1; i >= 0; i--) pen.lineTo(place.x(along.at(x[i]!)), place.y(low[i]!));
  pen.closePath();
}

/** How strongly a series' band is filled. Of several only a shade is left, but for the one that stands out. */
export function bandAlpha({ series, lead }: Drawing, key: string): number {
  if (lead !== undefined) return key === lead ? 0.22 : 0;
  return series.length > 1 ? 0.07 : 0.2;
}
export const LINE_WIDTH = 1.75;
/** Of the lines that step back behind the one that stands out. */
const BACK_ALPHA = 0.4;

/** Where the ends of epochs are marked, and what is written there. */
export function epochMarks(drawing: Drawing, place: Place): { x: number; line: boolean; text: string }[] {
  const { epoch, range, whole } = drawing;
  if (epoch === undefined) return [];
  const pixels = place.x(epoch) - place.x(0);
  const every = epochEvery(pixels);
  const marks: { x: number; line: boolean; text: string }[] = [];
  const last = Math.floor(Math.min(range[1], whole) / epoch + 1e-9);
  for (let n = Math.floor(range[0] / epoch / every) * every; n <= last; n += every) {
    const x = place.x(n * epoch);
    if (x < place.left - 0.5) continue;
    // a number stands over its own epoch where each has one, else at the end of it
    const number = every === 1 ? n + 1 : n;
    const text = number === 0 || n * epoch >= whole ? '' : number === 1 && pixels > 64 ? 'epoch 1' : String(number);
    marks.push({ x, line: n > 0, text });
  }
  return marks;
}

/** Draws the lines and their marks on a chart whose axes are there. */
export function paint(ctx: CanvasRenderingContext2D, drawing: Drawing, place: Place, palette: Palette): void {
  const { left, right, top, bottom } = place;
  ctx.save();
  ctx.font = `11px ${palette.font}`;
  ctx.lineWidth = 1;
  ctx.strokeStyle = palette.dash;
  ctx.fillStyle = palette.grey;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  for (const mark of epochMarks(drawing, place)) {
    const x = Math.round(mark.x) + 0.5;
    if (mark.line) {
      ctx.moveTo(x, top);
      ctx.lineTo(x, bottom);
    }
    if (mark.text !== '' && x + 5.5 + ctx.measureText(mark.text).width <= right) ctx.fillText(mark.text, x + 5, top - 6);
  }
  ctx.stroke();
  ctx.setLineDash([]);

  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.lineJoin = 'round';
  for (const { series, band, along } of drawing.series) {
    ctx.globalAlpha = bandAlpha(drawing, series.key);
    if (band === undefined || ctx.globalAlpha === 0) continue;
    ctx.fillStyle = palette.series[series.colour];
    ctx.beginPath();
    traceBand(ctx, band, along, place);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
  paintShownEpochs(ctx, drawing, place, palette);
  // the one that stands out lies on top
  const leadLast = [...drawing.series].sort(
    (a, b) => Number(a.series.key === drawing.lead) - Number(b.series.key === drawing.lead),
  );
  for (const { series, line, along } of leadLast) {
    const isLead = series.key === drawing.lead;
    ctx.globalAlpha = drawing.lead === undefined || isLead ? 1 : BACK_ALPHA;
    ctx.lineWidth = isLead ? LINE_WIDTH + 0.5 : LINE_WIDTH;
    ctx.strokeStyle = palette.series[series.colour];
    ctx.beginPath();
    traceLine(ctx, line, along, place);
    ctx.stroke();
  }
  ctx.restore();

  for (const { series, tests, last, best, shown, along } of leadLast) {
    ctx.globalAlpha = drawing.lead === undefined || series.key === drawing.lead ? 1 : BACK_ALPHA;
    const colour = palette.series[series.colour];
    const inside = ({ x }: { x: number }): boolean => along.at(x) >= drawing.range[0] && along.at(x) <= drawing.range[1];
    const dot = (x: number, y: number, radius: number): void => {
      ctx.beginPath();
      ctx.arc(place.x(along.at(x)), Math.min(bottom, Math.max(top, place.y(y))), radius, 0, 2 * Math.PI);
    };
    for (const { x, y } of tests) {
      dot(x, y, 3.5);
      ctx.fillStyle = palette.ground;
      ctx.fill();
      ctx.strokeStyle = colour;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
    ctx.fillStyle = colour;
    if (shown !== undefined && inside(shown)) {
      dot(shown.x, shown.y, 4.5);
      ctx.fill();
      ctx.strokeStyle = palette.ground;
      ctx.stroke();
    }
    if (best !== undefined && inside(best)) {
      // a notch that points at the lowest value
      const [x, y] = [place.x(along.at(best.x)), Math.min(bottom, place.y(best.y) + 3)];
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x + 4, y + 7);
      ctx.lineTo(x - 4, y + 7);
      ctx.closePath();
      ctx.fill();
    }
    if (series.live && last !== undefined && inside(last) && Number.isFinite(last.y)) {
      ctx.globalAlpha = 0.18;
      dot(last.x, last.y, 7);
      ctx.fill();
      ctx.globalAlpha = drawing.lead === undefined || series.key === drawing.lead ? 1 : BACK_ALPHA;
      dot(last.x, last.y, 3);
      ctx.fill();
    }
  }
  ctx.globalAlpha = 1;
  ctx.font = `600 11px ${palette.font}`;
  ctx.textBaseline = 'middle';
  for (const { x, y, series } of endMarks(drawing, place)) {
    ctx.fillStyle = palette.series[series.colour];
    ctx.fillText(series.mark!, x, y);
  }
  ctx.restore();
}

/** A line down the chart where the epoch ends whose pictures are shown: one for all where they share it, else one in each colour. */
function paintShownEpochs(ctx: CanvasRenderingContext2D, drawing: Drawing, { x, top, bottom }: Place, palette: Palette): void {
  const colours = new Map<number, Set<string>>();
  for (const { series, shown, along } of drawing.series) {
    if (shown === undefined) continue;
    const at = Math.round(x(along.at(shown.x))) + 0.5;
    colours.set(at, (colours.get(at) ?? new Set()).add(palette.series[series.colour]));
  }
  ctx.save();
  ctx.lineWidth = 1;
  ctx.globalAlpha = 0.55;
  for (const [at, [first, ...others]] of colours) {
    ctx.strokeStyle = others.length === 0 ? first! : palette.ink;
    ctx.beginPath();
    ctx.moveTo(at, top);
    ctx.lineTo(at, bottom);
    ctx.stroke();
  }
  ctx.restore();
}
