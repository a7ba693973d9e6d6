import { captionOf, factsLine, type RunFacts } from './caption.ts';
import { at, broken, INK, text } from './drawing.ts';

const SIZE = 11;
const LINE = 16;
const SIDE = 8;

/** What a picture that moves says below itself of how it was made: a strip of words as wide as the picture. Returns SVG. */
export function wordsStrip(run: RunFacts, facts: readonly string[], width: number): string {
  const caption = captionOf(run, [factsLine(run), ...facts]);
  const paragraphs = [...(caption.preview === undefined ? [] : [caption.preview]), ...caption.facts];
  const lines = paragraphs.flatMap((paragraph) => broken(paragraph, width - 2 * SIDE, SIZE));
  const height = lines.length * LINE + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${at(width)}" height="${at(height)}" viewBox="0 0 ${at(width)} ${at(height)}" font-family="Inter, Helvetica, Arial, sans-serif">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...lines.map((l, i) => text(SIDE, LINE * (i + 1), l, { size: SIZE, fill: INK.second })),
    '</svg>',
  ].join('\n');
}
