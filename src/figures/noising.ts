import { noisyWindow } from '#contract/grey.ts';
import { count } from '#contract/words.ts';
import { digitAt, digitImage } from './digit-image.ts';
import { CONTENT_TOP, INK, MARGIN, page, text } from './drawing.ts';

export interface Noising {
  digits: number;
  /** noise levels, the columns */
  sigmas: Float32Array;
  /** digits × levels × 784, unclamped */
  images: Float32Array;
  seed: number;
}

const TILE = 84;
const GAP = 12;

/** Figure 3: a digit a row, a noise level a column. Returns SVG. */
export function noisingFigure({ digits, sigmas, images, seed }: Noising): string {
  const left = (column: number): number => MARGIN + column * (TILE + GAP);
  const top = (row: number): number => CONTENT_TOP + 20 + row * (TILE + GAP);
  const content: string[] = [];
  for (const [column, sigma] of sigmas.entries()) {
    content.push(sigmaLabel(sigma, left(column) + TILE / 2, CONTENT_TOP + 8));
    for (let row = 0; row < digits; row++)
      content.push(digitImage(digitAt(images, row * sigmas.length + column), noisyWindow(sigma), left(column), top(row), TILE));
  }
  return page({
    number: 'Figure 3',
    title: 'Digits under growing noise, z = x + σε',
    width: left(sigmas.length) - GAP - MARGIN,
    bottom: top(digits) - GAP,
    content: content.join('\n'),
    caption: {
      facts: [
        `${digits} digits of the MNIST test split, x in [0, 1], ε from the standard normal distribution, seed ${seed}. ${WINDOW_NOTE}`,
      ],
      preview: undefined,
    },
  });
}

/** How noisy digits are drawn. */
export const WINDOW_NOTE = 'Noisy digits are drawn from −1.5σ, black, to 1 + 1.5σ, white.';

/** σ over a column of tiles: one digit behind the point, or what it takes. */
export function sigmaLabel(value: number, x: number, y: number, emphasised = false): string {
  // float32 holds 0.2 as 0.20000000298
  const sigma = Number(value.toPrecision(6));
  const shown = Math.round(sigma * 10) / 10 === sigma ? sigma.toFixed(1) : count(sigma);
  return text(
    x,
    y,
    `σ = ${shown}`,
    emphasised ? { anchor: 'middle', fill: INK.accent, weight: 600 } : { anchor: 'middle', fill: INK.second },
  );
}
