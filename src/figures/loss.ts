import { logTicks, minMaxBand, smoothLosses, thinCurve } from '#contract/curve.ts';
import type { MetricColumns } from '#contract/metrics.ts';
import { partOf } from '#contract/preset.ts';
import { stepsPerEpoch, totalSteps } from '#contract/recipe.ts';
import { count, loss as lossText } from '#contract/words.ts';
import { captionOf, factsLine, type RunFacts } from './caption.ts';
import { at, CONTENT_TOP, INK, line, MARGIN, page, text } from './drawing.ts';

const WIDTH = 680;
/** The plot inside its labels. */
const LEFT = MARGIN + 38;
const RIGHT = MARGIN + WIDTH - 48;
const TOP = CONTENT_TOP + 18;
const BOTTOM = TOP + 300;

/** The assignment's numbers; it has none for the flow's. */
const LOSS_NUMBERS = { denoiser: 'Figure 4', time: 'Figure 10', class: 'Figure 11', flow: undefined } as const;
const LOSSES = { denoise: '‖D(z) − x‖²', ddpm: '‖ε_θ(x_t, t) − ε‖²', flow: '‖v_θ(x_t, t) − (ε − x)‖²' } as const;

/** Figures 4, 10 and 11: the training loss of every step as a band, smoothed as a line, over a logarithmic axis. Returns SVG. */
export function lossFigure(run: RunFacts, metrics: MetricColumns): string {
  const { recipe } = run;
  const planned = totalSteps(recipe);
  const trained = metrics.steps.at(-1) ?? 0;
  const smooth = smoothLosses(metrics.losses, planned);
  const columns = RIGHT - LEFT;
  const band = minMaxBand(metrics.steps, metrics.losses, columns, 1, planned);
  const curve = thinCurve(metrics.steps, smooth, columns, 1, planned);
  const [low, high] = lossRange([band.low, band.high, metrics.testLosses]);
  const x = (step: number): number => LEFT + ((RIGHT - LEFT) * step) / planned;
  // a loss of 0 has no place on a logarithmic axis: it is drawn at its foot
  const y = (loss: number): number => TOP + ((BOTTOM - TOP) * Math.log(high / Math.max(loss, low))) / Math.log(high / low);

  const content = [
    ...lossAxis(low, high, y),
    ...epochMarks(recipe.epochs, stepsPerEpoch(recipe), x),
    ...stepAxis(planned, x),
    area(band.x, band.low, band.high, x, y),
    path(curve.x, curve.y, x, y),
    ...[...metrics.testSteps].map((step, n) => dot(x(step), y(metrics.testLosses[n]!))),
    ...endLabel(trained, smooth.at(-1), x, y),
    legend(metrics.testSteps.length > 0),
  ];
  const mean = lastEpochMean(metrics, stepsPerEpoch(recipe));
  return page({
    number: LOSS_NUMBERS[partOf(recipe) ?? 'flow'],
    title: 'Training loss',
    width: WIDTH,
    bottom: BOTTOM + 22,
    content: content.join('\n'),
    caption: captionOf(
      run,
      [
        `Mean of ${LOSSES[recipe.objective]} over pixels and batch${mean === undefined ? '' : `; ${lossText(mean)} over the last epoch`}. The line is a centred mean of the log loss.`,
        factsLine(run),
      ],
      trained < planned ? `step ${count(trained)} of ${count(planned)}` : undefined,
    ),
  });
}

/** The losses' range with some air, over at least a factor of 4, so that there are ticks to read it by. */
function lossRange(all: readonly Float32Array[]): [number, number] {
  let low = Infinity;
  let high = 0;
  for (const values of all)
    for (const value of values) {
      if (!(value > 0 && value < Infinity)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (low > high) return [0.004, 0.6];
  const air = Math.max(1.12, Math.sqrt(4 / (high / low)));
  return [low / air, high * air];
}

/** Gridlines with their losses; the twos and fives go where there are decades enough without them. */
function lossAxis(low: number, high: number, y: (loss: number) => number): string[] {
  const ticks = logTicks(low, high);
  const decades = ticks.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
  const shown = ticks.length > 12 && decades.length > 2 ? decades : ticks;
  return shown.flatMap((tick) => [
    line(LEFT, y(tick), RIGHT, y(tick), { stroke: INK.grid }),
    text(LEFT - 8, y(tick) + 4, count(tick), { anchor: 'end' }),
  ]);
}

/** The smallest of 1, 2, 5 × 10ⁿ that makes at most `most` steps of a length. */
function niceStep(length: number, most: number): number {
  return logTicks(length / most, length * 10).find((tick) => tick >= 1) ?? 1;
}

/** A dashed line where an epoch ends, and the epoch's number where it begins. */
function epochMarks(epochs: number, steps: number, x: (step: number) => number): string[] {
  const every = niceStep(epochs, 12);
  const marks: string[] = [];
  for (let epoch = every; epoch <= epochs; epoch += every)
    marks.push(line(x(epoch * steps), TOP - 14, x(epoch * steps), BOTTOM, { stroke: INK.dash, dash: '2 3' }));
  if (every === 1)
    for (let epoch = 1; epoch <= epochs; epoch++)
      marks.push(text(x((epoch - 1) * steps) + (epoch === 1 ? 0 : 6), TOP - 5, epoch === 1 ? 'epoch 1' : String(epoch)));
  else
    for (let epoch = every; epoch <= epochs; epoch += every)
      marks.push(text(x(epoch * steps) - 6, TOP - 5, epoch === every ? `epoch ${epoch}` : String(epoch), { anchor: 'end' }));
  return marks;
}

function stepAxis(planned: number, x: (step: number) => number): string[] {
  const parts = [line(LEFT, BOTTOM, RIGHT, BOTTOM, { stroke: INK.axis })];
  const end = `${count(planned)} steps`;
  parts.push(text(RIGHT, BOTTOM + 18, end, { anchor: 'end' }));
  const every = niceStep(planned, 6);
  for (let step = 0; x(step) < RIGHT - end.length * 6 - 28; step += every)
    parts.push(text(x(step), BOTTOM + 18, count(step), { anchor: step === 0 ? 'start' : 'middle' }));
  return parts;
}

type Scale = (value: number) => number;
const points = (xs: Float64Array, ys: Float32Array, x: Scale, y: Scale): string[] =>
  [...xs].map((step, n) => `${at(x(step))},${at(y(ys[n]!))}`);

function area(xs: Float64Array, low: Float32Array, high: Float32Array, x: Scale, y: Scale): string {
  if (xs.length === 0) return '';
  const outline = [...points(xs, high, x, y), ...points(xs, low, x, y).reverse()];
  return `<path d="M${outline.join('L')}Z" fill="${INK.accent}" fill-opacity="0.2"/>`;
}

/** The smoothed line; it breaks where the loss is no number. */
function path(xs: Float64Array, ys: Float32Array, x: Scale, y: Scale): string {
  let d = '';
  let pen = 'M';
  for (const [n, step] of xs.entries()) {
    if (!(ys[n]! > 0)) pen = 'M';
    else {
      d += `${pen}${at(x(step))},${at(y(ys[n]!))}`;
      pen = 'L';
    }
  }
  return `<path d="${d}" fill="none" stroke="${INK.accent}" stroke-width="1.75" stroke-linejoin="round" stroke-linecap="round"/>`;
}

const dot = (x: number, y: number): string =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="3.5" fill="#ffffff" stroke="${INK.accent}" stroke-width="1.5"/>`;

function endLabel(trained: number, last: number | undefined, x: Scale, y: Scale): string[] {
  if (last === undefined || !(last > 0)) return [];
  return [text(x(trained) + 8, y(last) + 4, lossText(last), { fill: INK.accent, weight: 600 })];
}

/** What the marks mean, at the title's right end. */
function legend(tested: boolean): string {
  const y = 44;
  // with the width of each name in Inter at 11
  const entries: [string, number, string][] = [
    ['every step', 55, `<rect y="${y - 8}" width="14" height="8" fill="${INK.accent}" fill-opacity="0.2"/>`],
    ['smoothed', 52, line(0, y - 4, 14, y - 4, { stroke: INK.accent, width: 1.75 })],
  ];
  if (tested) entries.push(['test digits', 51, dot(10, y - 4)]);
  const width = entries.reduce((sum, [, name]) => sum + name + 20, 0) + (entries.length - 1) * 18;
  let x = MARGIN + WIDTH - width;
  return entries
    .map(([name, nameWidth, mark]) => {
      const entry = `<g transform="translate(${at(x)} 0)">${mark}${text(20, y, name, { fill: INK.second })}</g>`;
      x += nameWidth + 20 + 18;
      return entry;
    })
    .join('\n');
}

/** Mean training loss of the last epoch that is complete; undefined when there is none, or a loss in it is no number. */
function lastEpochMean({ steps, losses }: MetricColumns, perEpoch: number): number | undefined {
  const end = Math.floor((steps.at(-1) ?? 0) / perEpoch) * perEpoch;
  let sum = 0;
  let n = 0;
  for (let i = 0; i < steps.length; i++)
    if (steps[i]! > end - perEpoch && steps[i]! <= end) {
      sum += losses[i]!;
      n++;
    }
  return n === perEpoch && Number.isFinite(sum) ? sum / n : undefined;
}
