import { CLEAN } from '#contract/grey.ts';
import type { Grid, SamplingPlan } from '#contract/sampling.ts';
import { count } from '#contract/words.ts';
import { captionOf, factsLine, type RunFacts } from './caption.ts';
import { digitAt, digitImage, greyImage } from './digit-image.ts';
import { CONTENT_TOP, INK, MARGIN, page, text } from './drawing.ts';
import { narrowed } from './noisy-greys.ts';

/** A run's grid after an epoch. */
export interface EpochGrid {
  epoch: number;
  grid: Grid;
}

const COLUMNS = 10;
const PIXELS = 28 * 28;
const GAP = 4;

/** "DDPM in 300 steps, guidance γ = 5, noise seed 0" */
export function planWords({ sampler, steps, guidance, labels, eta, variance, weights, seed }: SamplingPlan): string {
  const name = { ddpm: 'DDPM', ddim: 'DDIM', euler: 'Euler', heun: 'Heun' }[sampler];
  return [
    `${name} in ${count(steps)} ${steps === 1 ? 'step' : 'steps'}`,
    ...(sampler === 'ddim' && eta > 0 ? [`η = ${count(eta)}`] : []),
    ...(sampler === 'ddpm' && variance === 'posterior' ? ['posterior variance'] : []),
    ...(labels === null ? [] : [`guidance γ = ${count(guidance)}`]),
    ...(weights === 'ema' ? ['averaged weights'] : []),
    `noise seed ${seed}`,
  ].join(', ');
}

/** Samples after each of some epochs, ten in a row; a class model's columns are its digits. Returns SVG. */
export function samplesFigure(run: RunFacts, grids: readonly EpochGrid[]): string {
  const tile = grids.length === 1 ? 56 : 28;
  const first = grids[0]!.grid.plan;
  // a column's digit stands above it where every row has the same
  const columns = Math.min(COLUMNS, first.count);
  const digits = first.labels?.slice(0, columns);
  const inColumns = digits !== undefined && first.labels!.every((label, i) => label === digits[i % columns]);
  const named = grids.length > 1;
  const names = named ? 72 : 0;
  let top = CONTENT_TOP + (inColumns ? 18 : 0);
  const content: string[] = [];
  if (inColumns)
    for (const [n, digit] of digits.entries())
      content.push(
        text(MARGIN + names + n * (tile + GAP) + tile / 2, CONTENT_TOP + 6, String(digit), {
          anchor: 'middle',
          fill: INK.second,
        }),
      );
  for (const { epoch, grid } of grids) {
    if (named) content.push(text(MARGIN, top + 18, `Epoch ${epoch}`, { fill: INK.text, size: 12 }));
    for (let n = 0; n < grid.plan.count; n++) {
      const x = MARGIN + names + (n % columns) * (tile + GAP);
      content.push(digitImage(digitAt(grid.images, n), CLEAN, x, top + Math.floor(n / columns) * (tile + GAP), tile));
    }
    top += Math.ceil(grid.plan.count / columns) * (tile + GAP) - GAP + (named ? 18 : 0);
  }
  const plans = [...new Set(grids.map(({ grid }) => planWords(grid.plan)))];
  const epochsOf = (words: string) => grids.filter(({ grid }) => planWords(grid.plan) === words).map(({ epoch }) => epoch);
  return page({
    title: named
      ? 'Samples in the course of training'
      : `Samples after ${grids[0]!.epoch} ${grids[0]!.epoch === 1 ? 'epoch' : 'epochs'}`,
    width: Math.max(names + columns * (tile + GAP) - GAP, 400),
    bottom: named ? top - 18 : top,
    content: content.join('\n'),
    caption: captionOf(run, [
      factsLine(run),
      ...plans.map((words) => `${words}${plans.length === 1 ? '' : `: epochs ${epochsOf(words).join(', ')}`}.`),
    ]),
  });
}

/** Moments of a trajectory that are drawn. */
const MOMENTS = 11;

/** One image's way from noise, x_t above what the network sees in it. Throws a RangeError where the grid has no such image. */
export function trajectoryFigure(run: RunFacts, { epoch, grid }: EpochGrid, image: number): string {
  const { plan, images, frames } = grid;
  if (image >= plan.count) throw new RangeError(`the grid has ${plan.count} images`);
  const tile = 56;
  const names = 40;
  const last = frames.t.length - 1;
  const moments = Math.min(MOMENTS, last + 1);
  const shown = Array.from({ length: moments }, (_, i) => (moments === 1 ? last : Math.round((i * last) / (moments - 1))));
  const top = CONTENT_TOP + 18;
  const content = [
    text(MARGIN, top + tile / 2 + 4, 'x_t', { fill: INK.text, size: 12 }),
    text(MARGIN, top + tile + GAP + tile / 2 + 4, 'x̂₀', { fill: INK.text, size: 12 }),
  ];
  for (const [column, frame] of shown.entries()) {
    const t = frames.t[frame]!;
    const x = MARGIN + names + column * (tile + GAP);
    const at = (frame * plan.count + image) * PIXELS;
    content.push(text(x + tile / 2, CONTENT_TOP + 6, `t = ${t.toFixed(2)}`, { anchor: 'middle', fill: INK.second }));
    if (frame === last) {
      for (const row of [0, 1]) content.push(digitImage(digitAt(images, image), CLEAN, x, top + row * (tile + GAP), tile));
      continue;
    }
    content.push(greyImage(narrowed(frames.x.subarray(at, at + PIXELS), t), x, top, tile));
    content.push(greyImage(new Uint8ClampedArray(frames.x0.subarray(at, at + PIXELS)), x, top + tile + GAP, tile));
  }
  const label = plan.labels?.[image];
  return page({
    title: `From noise to ${label === undefined ? 'an image' : `a ${label}`}, after ${epoch} ${epoch === 1 ? 'epoch' : 'epochs'}`,
    width: names + moments * (tile + GAP) - GAP,
    bottom: top + 2 * tile + GAP,
    content: content.join('\n'),
    caption: captionOf(run, [
      factsLine(run),
      `${planWords(plan)}. x_t is drawn from −1.5t, black, to 1 + 1.5t, white; x̂₀, the image that the network sees in it, from 0 to 1.`,
    ]),
  });
}
