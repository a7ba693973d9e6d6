import { CLEAN, noisyWindow, type GreyWindow } from '#contract/grey.ts';
import type { CallOutput } from '#contract/studio.ts';
import { captionOf, factsLine, type RunFacts } from './caption.ts';
import { digitAt, digitImage } from './digit-image.ts';
import { CONTENT_TOP, INK, MARGIN, page, text } from './drawing.ts';
import { sigmaLabel, WINDOW_NOTE } from './noising.ts';

/** The same test digits after an epoch. */
export type Samples = CallOutput<'runs.samples'>;

/** Room for a row's name in front of it. */
const NAMES = 72;

interface Row {
  name: string;
  /** a second line under the name */
  note?: string;
  values: Float32Array;
  window: (column: number) => GreyWindow;
}

/** Named rows of digits. */
function rowsOfDigits(
  rows: readonly Row[],
  columns: number,
  tile: number,
  gap: number,
  top: number,
): { content: string; bottom: number } {
  const content: string[] = [];
  for (const [n, { name, note, values, window }] of rows.entries()) {
    const y = top + n * (tile + gap);
    const middle = y + tile / 2 + 4;
    content.push(text(MARGIN, note === undefined ? middle : middle - 7, name, { fill: INK.text, size: 12 }));
    if (note !== undefined) content.push(text(MARGIN, middle + 9, note));
    for (let column = 0; column < columns; column++)
      content.push(digitImage(digitAt(values, column), window(column), MARGIN + NAMES + column * (tile + gap), y, tile));
  }
  return { content: content.join('\n'), bottom: top + rows.length * (tile + gap) - gap };
}

/** Figure 5 after the first epoch and figure 6 after the fifth: test digits, with noise, and denoised. Returns SVG. */
export function resultsFigure(run: RunFacts, samples: Samples): string {
  const tile = 56;
  const gap = 6;
  const noisy = noisyWindow(samples.sigma);
  const rows: Row[] = [
    { name: 'Input', values: samples.clean, window: () => CLEAN },
    { name: 'Noisy', note: `σ = ${samples.sigma}`, values: samples.noisy, window: () => noisy },
    { name: 'Denoised', values: samples.denoised, window: () => CLEAN },
  ];
  const { content, bottom } = rowsOfDigits(rows, samples.count, tile, gap, CONTENT_TOP);
  return page({
    number: resultsNumber(run.epochs),
    title: `Test digits after ${run.epochs} ${run.epochs === 1 ? 'epoch' : 'epochs'} of training`,
    width: NAMES + samples.count * (tile + gap) - gap,
    bottom,
    content,
    caption: captionOf(run, [factsLine(run), WINDOW_NOTE]),
  });
}

/** The assignment asks for epochs 1 and 5. */
const resultsNumber = (epoch: number): string | undefined => (epoch === 1 ? 'Figure 5' : epoch === 5 ? 'Figure 6' : undefined);

/** Figure 7: one test digit at noise levels that the model wasn't trained for, noisy above denoised. Returns SVG. */
export function noiseLevelsFigure(run: RunFacts, { levels }: Samples): string {
  const tile = 84;
  const gap = 10;
  const { recipe } = run;
  const columns = levels.sigmas.length;
  const labels = [...levels.sigmas].map((sigma, n) =>
    sigmaLabel(sigma, MARGIN + NAMES + n * (tile + gap) + tile / 2, CONTENT_TOP + 8, Math.fround(recipe.sigma) === sigma),
  );
  const rows: Row[] = [
    { name: 'Noisy', values: levels.noisy, window: (column) => noisyWindow(levels.sigmas[column]!) },
    { name: 'Denoised', values: levels.denoised, window: () => CLEAN },
  ];
  const { content, bottom } = rowsOfDigits(rows, columns, tile, gap, CONTENT_TOP + 20);
  return page({
    number: 'Figure 7',
    title: `One test digit at other noise levels, trained on σ = ${recipe.sigma}`,
    width: NAMES + columns * (tile + gap) - gap,
    bottom,
    content: [...labels, content].join('\n'),
    caption: captionOf(
      run,
      [factsLine(run), WINDOW_NOTE],
      run.epochs < recipe.epochs ? `it shows epoch ${run.epochs} of ${recipe.epochs}` : undefined,
    ),
  });
}
