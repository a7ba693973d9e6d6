import type { Caption } from './caption.ts';

/** What every figure is drawn with: ink on white paper, text in Inter, one hairline. Lengths are in units of the drawing. */

/** The light theme's tokens as sRGB, since a file has to stand on its own in any program. */
export const INK = {
  text: '#1c2024',
  second: '#4c5055',
  third: '#696e73',
  line: '#e0e0dd',
  grid: '#e8e8e6',
  dash: '#c5c4c0',
  axis: '#898c90',
  accent: '#046b96',
  warn: '#875814',
} as const;

export const MARGIN = 32;
/** Where a figure's content begins, below its title. */
export const CONTENT_TOP = 68;

/** A coordinate: two digits behind the point are finer than any printer. */
export const at = (value: number): string => String(Math.round(value * 100) / 100);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface TextStyle {
  size?: number;
  weight?: 400 | 600;
  fill?: string;
  anchor?: 'start' | 'middle' | 'end';
}

/** A line of text; `y` is its baseline. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 11, weight = 400, fill = INK.third, anchor = 'start' } = style;
  return `<text x="${at(x)}" y="${at(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

interface LineStyle {
  stroke?: string;
  width?: number;
  dash?: string;
}

export function line(x1: number, y1: number, x2: number, y2: number, style: LineStyle = {}): string {
  const { stroke = INK.line, width = 1, dash } = style;
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}" stroke-width="${width}"${dashes}/>`;
}

/** Width of text in Inter, to a few percent and rather too wide: enough to break lines by. */
const widthOf = (content: string, size: number): number => {
  const narrow = content.replace(/[^ \u00a0.,;:·'1ijlftrI()[\]]/g, '').length;
  return size * (0.32 * narrow + 0.6 * (content.length - narrow));
};

/** Breaks a paragraph into lines that fit a width. A dot between facts doesn't end a line. */
export function broken(paragraph: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((l) => l.replace(/\u00a0·$/, ''));
}

interface Page {
  /** the assignment's number for it: "Figure 3"; none for what it doesn't ask for */
  number?: string | undefined;
  title: string;
  /** of the content, without margins */
  width: number;
  /** where the content ends */
  bottom: number;
  content: string;
  caption: Caption;
}

/** A whole figure: title, content, and below a hairline the caption. */
export function page({ number, title, width, bottom, content, caption }: Page): string {
  const size = 11;
  const paragraphs = [
    ...(caption.preview === undefined ? [] : broken(caption.preview, width, size).map((l) => ({ l, fill: INK.warn }))),
    ...caption.facts.flatMap((fact) => broken(fact, width, size).map((l) => ({ l, fill: INK.third }))),
  ];
  const rule = bottom + 20;
  const lines = paragraphs.map(({ l, fill }, i) => text(MARGIN, rule + 22 + i * 17, l, { size, fill }));
  const height = rule + 22 + (paragraphs.length - 1) * 17 + 6 + MARGIN - 8;
  const total = width + 2 * MARGIN;
  const heading =
    number === undefined ? '' : `<tspan font-weight="600" fill="${INK.text}">${number}</tspan><tspan dx="9"> </tspan>`;
  const name = number === undefined ? title : `${number}. ${title}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${at(total)}" height="${at(height)}" viewBox="0 0 ${at(total)} ${at(height)}" font-family="Inter, Helvetica, Arial, sans-serif" role="img" aria-label="${escaped(name)}">`,
    `<title>${escaped(name)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="44" font-size="15" fill="${INK.second}" letter-spacing="-0.08">${heading}${escaped(title)}</text>`,
    content,
    line(MARGIN, rule, MARGIN + width, rule),
    ...lines,
    '</svg>',
  ].join('\n');
}
