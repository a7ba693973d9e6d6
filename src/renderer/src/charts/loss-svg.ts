import { endMarks, placeIn, type Drawing } from './drawing.ts';
import { bandAlpha, epochMarks, LINE_WIDTH, traceBand, traceLine, type Palette, type Pen } from './paint.ts';
import { axisTicks, axisUnit, linearTicks, lossTicks } from './ticks.ts';

/** Units of the drawing. */
export const SVG_WIDTH = 960;
const HEIGHT = 480;
const AREA = { left: 64, right: SVG_WIDTH - 36, top: 64, bottom: HEIGHT - 56 };
/** Room for a name in the legend. */
const LEGEND_GAP = 24;
const FONT = 'Inter, system-ui, -apple-system, "Segoe UI", sans-serif';

const round = (value: number): string => String(Math.round(value * 100) / 100);
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

function path(trace: (pen: Pen) => void): string {
  const parts: string[] = [];
  trace({
    moveTo: (x, y) => void parts.push(`M${round(x)} ${round(y)}`),
    lineTo: (x, y) => void parts.push(`L${round(x)} ${round(y)}`),
    closePath: () => void parts.push('Z'),
  });
  return parts.join('');
}

/** The chart as a file of its own: an SVG on paper, with a title and the names of its lines. */
export function lossSvg(drawing: Drawing, palette: Palette, title: string): string {
  const place = placeIn(AREA, drawing);
  const { left, right, top, bottom } = AREA;
  const text = (x: number, y: number, words: string, more = ''): string =>
    `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped(words)}</text>`;
  const { min, max } = drawing.y;
  const parts: string[] = [];

  parts.push(text(left, 28, title, `font-size="15" font-weight="600" fill="${palette.ink}"`));
  let at = left;
  for (const { series } of drawing.series) {
    const name = series.mark === undefined ? series.name : `${series.mark}  ${series.name}`;
    parts.push(`<rect x="${round(at)}" y="41" width="12" height="2" fill="${palette.series[series.colour]}"/>`);
    parts.push(text(at + 18, 46, name, `fill="${palette.ink}"`));
    // letters of this size are 6.2 units wide on average
    at += 18 + name.length * 6.2 + LEGEND_GAP;
  }

  for (const tick of drawing.scale === 'log' ? lossTicks(min, max) : linearTicks(min, max)) {
    const y = place.y(tick);
    parts.push(`<path d="M${left} ${round(y)}H${right}" stroke="${palette.grid}"/>`);
    parts.push(text(left - 8, y + 4, String(tick), 'text-anchor="end"'));
  }
  parts.push(`<path d="M${left} ${bottom}H${right}" stroke="${palette.axis}"/>`);
  const ticks = axisTicks(drawing, right - left);
  for (const [i, { value, text: words }] of ticks.entries()) {
    const anchor = i === ticks.length - 1 ? 'end' : i === 0 ? 'start' : 'middle';
    parts.push(text(place.x(value), bottom + 18, words, `text-anchor="${anchor}"`));
  }
  parts.push(
    text(
      right,
      bottom + 38,
      { step: 'training steps', epoch: 'epochs', image: 'images', time: `time of training, ${axisUnit(drawing)}` }[drawing.by],
      'text-anchor="end"',
    ),
  );
  parts.push(text(left, bottom + 38, drawing.scale === 'log' ? 'loss, log scale' : 'loss'));
  for (const mark of epochMarks(drawing, place)) {
    if (mark.line) parts.push(`<path d="M${round(mark.x)} ${top}V${bottom}" stroke="${palette.dash}" stroke-dasharray="2 3"/>`);
    if (mark.text !== '') parts.push(text(mark.x + 5, top - 5, mark.text));
  }

  const inside: string[] = [];
  for (const { series, band, along } of drawing.series)
    if (band !== undefined)
      inside.push(
        `<path d="${path((pen) => traceBand(pen, band, along, place))}" fill="${palette.series[series.colour]}" fill-opacity="${bandAlpha(drawing, series.key)}"/>`,
      );
  for (const { series, line, along } of drawing.series)
    inside.push(
      `<path d="${path((pen) => traceLine(pen, line, along, place))}" fill="none" stroke="${palette.series[series.colour]}" stroke-width="${LINE_WIDTH}" stroke-linejoin="round"/>`,
    );
  parts.push(`<g clip-path="url(#plot)">${inside.join('\n')}</g>`);
  for (const { series, tests, along } of drawing.series)
    for (const { x, y } of tests)
      parts.push(
        `<circle cx="${round(place.x(along.at(x)))}" cy="${round(place.y(y))}" r="3.5" fill="${palette.ground}" stroke="${palette.series[series.colour]}" stroke-width="1.5"/>`,
      );
  for (const { x, y, series } of endMarks(drawing, place))
    parts.push(text(x, y + 4, series.mark!, `font-weight="600" fill="${palette.series[series.colour]}"`));

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SVG_WIDTH}" height="${HEIGHT}" viewBox="0 0 ${SVG_WIDTH} ${HEIGHT}" font-family='${FONT}' font-size="12" fill="${palette.grey}">`,
    `<defs><clipPath id="plot"><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></clipPath></defs>`,
    `<rect width="${SVG_WIDTH}" height="${HEIGHT}" fill="${palette.ground}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
