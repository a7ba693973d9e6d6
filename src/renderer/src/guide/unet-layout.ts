import { SIDE } from '../pixels.ts';
import type { Block, CONDITIONS, Model } from './unet.ts';

/** A stack of feature maps: a front sheet of `side` pixels at (x, y), and the sheets behind it to the upper right. */
interface Stack {
  id: Block['id'];
  x: number;
  y: number;
  side: number;
  /** sheets behind the front one; the last `skipped` of them came by the skip connection */
  behind: number;
  skipped: number;
  offset: number;
  label: { x: number; y: number; anchor: 'start' | 'end'; text: string };
}
interface Wire {
  id: Block['id'];
  path: string;
  tip: string;
  /** where the block's name stands */
  name: { x: number; y: number; anchor: 'start' | 'middle' | 'end' };
}
interface Skip {
  path: string;
  tip: string;
  middle: { x: number; y: number };
}
export interface UNetLayout {
  height: number;
  /** CSS pixels for each pixel of a feature map, the same everywhere */
  unit: number;
  /** too little room for words beside it */
  narrow: boolean;
  stacks: Stack[];
  wires: Wire[];
  skips: Skip[];
  /** where time and class come in: a dot on the way, and its words beside it */
  conditions: { id: (typeof CONDITIONS)[number]; x: number; y: number; words: 'right' | 'left' | 'above' }[];
  input: { x: number; y: number };
  output: { x: number; y: number };
  /** the flattened vector of the assigned one: 2D values in a row */
  vector?: { x: number; y: number; width: number; height: number };
}

const tips = {
  right: (x: number, y: number) => `M${x},${y}l-7,-3.5v7z`,
  up: (x: number, y: number) => `M${x},${y}l-3.5,7h7z`,
};
const RADIUS = 8;
/** down, round the corner, to the right */
const elbowDown = (x0: number, y0: number, x1: number, y1: number) =>
  `M${x0},${y0}V${y1 - RADIUS}q0,${RADIUS} ${RADIUS},${RADIUS}H${x1}`;
/** to the right, round the corner, up */
const elbowUp = (x0: number, y0: number, x1: number, y1: number) =>
  `M${x0},${y0}H${x1 - RADIUS}q${RADIUS},0 ${RADIUS},${-RADIUS}V${y1}`;

/** Between the lowest feature maps there has to be room for two arrows and the vector. */
const LEAST_ROOM = 96;

/**
 * Places the UNet of hidden width D in a figure `width` CSS pixels wide: encoder down the left, decoder up the right.
 * Pixels are as large as leaves room for the arrows, and whole device pixels.
 */
export function layoutUNet(width: number, d: number, pixelRatio: number, model: Model = 'assigned'): UNetLayout {
  const largest = Math.round(5 * pixelRatio);
  const smallest = Math.floor(2 * pixelRatio);
  for (let devicePixels = largest; devicePixels > smallest; devicePixels--) {
    const layout = place(width, d, devicePixels / pixelRatio, model);
    if (layout.room >= LEAST_ROOM) return layout;
  }
  return place(width, d, smallest / pixelRatio, model);
}

function place(width: number, d: number, unit: number, model: Model): UNetLayout & { room: number } {
  const isImproved = model === 'improved';
  const narrow = unit < 2.7;
  const [large, middle, small] = [SIDE * unit, (SIDE / 2) * unit, (SIDE / 4) * unit];
  // fewer sheets where there is little room; nearer than three pixels they would run together
  const offset = Math.max(3, unit);
  const behind = narrow
    ? { init: 3, down1: 3, down2: 4, unflatten: 6, up1: 4, up2: 4 }
    : { init: 4, down1: 4, down2: 7, unflatten: 11, up1: 7, up2: 7 };
  const skipped = narrow ? { unflatten: 3, up: 2 } : { unflatten: 5, up: 3 };
  const round = Math.round;

  // rows, by their centres
  const y1 = 28 + behind.up2 * offset + large / 2;
  const y2 = y1 + (large + middle) / 2 + round(8 + 16.5 * unit);
  const y3 = y2 + (middle + small) / 2 + round(12 + 16 * unit);
  const y4 = y3 + small / 2 + (narrow ? 34 : 45);

  // columns, by their left edges; the gap beside the images is a share of the free width
  const gap = Math.max(78, width * 0.09);
  const step = narrow ? 26 : 14 * unit;
  const xOut = width - large;
  const xInit = large + gap;
  const xUp2 = xOut - gap - 8 - large - behind.up2 * offset;
  const [cInit, cUp2] = [xInit + large / 2, xUp2 + large / 2];
  const xDown1 = cInit + step;
  const cDown1 = xDown1 + middle / 2;
  const xDown2 = cDown1 + step;
  const cDown2 = xDown2 + small / 2;
  const xUp1 = cUp2 - step - middle - behind.up1 * offset;
  const cUp1 = xUp1 + middle / 2;
  const xUnflatten = cUp1 - step - small - behind.unflatten * offset;
  const cUnflatten = xUnflatten + small / 2;
  // room for an arrow on either side
  const vectorWidth = Math.max(12, Math.min(24 * (narrow ? 1 : unit), cUnflatten - cDown2 - 64));
  const xVector = round((cDown2 + cUnflatten - vectorWidth) / 2);

  const stack = (id: keyof typeof behind, x: number, y: number, side: number, fromSkip: number, text: string): Stack => ({
    id: id === 'unflatten' && isImproved ? 'bottom' : id,
    x: round(x),
    y: round(y - side / 2),
    side,
    behind: behind[id],
    skipped: fromSkip,
    offset,
    label: {
      x: round(fromSkip > 0 ? x + side + behind[id] * offset : x),
      y: round(y - side / 2 - behind[id] * offset - 8),
      anchor: fromSkip > 0 ? 'end' : 'start',
      text,
    },
  });
  const joined = (channels: number, side: number) =>
    narrow ? `${2 * channels}×${side}×${side}` : `(${channels}+${channels})×${side}×${side}`;
  const skip = (from: number, to: number, y: number): Skip => ({
    path: `M${from + 8},${y}H${to - 12}`,
    tip: tips.right(to - 6, y),
    middle: { x: (from + to) / 2, y: y - 8 },
  });
  const endOf = (x: number, side: number, id: keyof typeof behind) => x + side + behind[id] * offset;

  const middleChannels = isImproved ? 2 * d : d;
  const bottom: Wire[] = isImproved
    ? [
        {
          id: 'bottom',
          path: `M${endOf(xDown2, small, 'down2') + 6},${y3}H${xUnflatten - 9}`,
          tip: tips.right(xUnflatten - 5, y3),
          name: { x: (endOf(xDown2, small, 'down2') + xUnflatten) / 2, y: y3 + 18, anchor: 'middle' },
        },
      ]
    : [
        {
          id: 'flatten',
          path: elbowDown(cDown2, y3 + small / 2 + 6, xVector - 9, y4),
          tip: tips.right(xVector - 5, y4),
          name: { x: cDown2 - 10, y: y4 + 2, anchor: 'end' },
        },
        {
          id: 'unflatten',
          path: elbowUp(xVector + vectorWidth + 6, y4, cUnflatten, y3 + small / 2 + 9),
          tip: tips.up(cUnflatten, y3 + small / 2 + 5),
          name: { x: cUnflatten + 10, y: y4 + 2, anchor: 'start' },
        },
      ];
  const between = (from: number, to: number) => round((from + to) / 2);

  return {
    height: y4 + 24,
    unit,
    narrow,
    room: cUnflatten - cDown2,
    stacks: [
      stack('init', xInit, y1, large, 0, `${d}×28×28`),
      stack('down1', xDown1, y2, middle, 0, `${middleChannels}×14×14`),
      stack('down2', xDown2, y3, small, 0, `${2 * d}×7×7`),
      isImproved
        ? stack('unflatten', xUnflatten, y3, small, 0, `${2 * d}×7×7`)
        : stack('unflatten', xUnflatten, y3, small, skipped.unflatten, joined(2 * d, 7)),
      stack('up1', xUp1, y2, middle, skipped.up, joined(middleChannels, 14)),
      stack('up2', xUp2, y1, large, skipped.up, joined(d, 28)),
    ],
    wires: [
      {
        id: 'init',
        path: `M${large + 6},${y1}H${xInit - 9}`,
        tip: tips.right(xInit - 5, y1),
        name: { x: (large + xInit) / 2, y: y1 - 9, anchor: 'middle' },
      },
      {
        id: 'down1',
        path: elbowDown(cInit, y1 + large / 2 + 6, xDown1 - 9, y2),
        tip: tips.right(xDown1 - 5, y2),
        name: { x: cInit - 10, y: y2 - 6, anchor: 'end' },
      },
      {
        id: 'down2',
        path: elbowDown(cDown1, y2 + middle / 2 + 6, xDown2 - 9, y3),
        tip: tips.right(xDown2 - 5, y3),
        name: { x: cDown1 - 10, y: y3 - 2, anchor: 'end' },
      },
      ...bottom,
      {
        id: 'up1',
        path: elbowUp(endOf(xUnflatten, small, 'unflatten') + 6, y3, cUp1, y2 + middle / 2 + 9),
        tip: tips.up(cUp1, y2 + middle / 2 + 5),
        name: { x: cUp1 + 10, y: y3 - 2, anchor: 'start' },
      },
      {
        id: 'up2',
        path: elbowUp(endOf(xUp1, middle, 'up1') + 6, y2, cUp2, y1 + large / 2 + 9),
        tip: tips.up(cUp2, y1 + large / 2 + 5),
        name: { x: cUp2 + 10, y: y2 - 6, anchor: 'start' },
      },
      {
        id: 'out',
        path: `M${endOf(xUp2, large, 'up2') + 6},${y1}H${xOut - 9}`,
        tip: tips.right(xOut - 5, y1),
        name: { x: (endOf(xUp2, large, 'up2') + xOut) / 2, y: y1 - 9, anchor: 'middle' },
      },
    ],
    skips: [
      skip(endOf(xInit, large, 'init'), xUp2, y1),
      skip(endOf(xDown1, middle, 'down1'), xUp1, y2),
      ...(isImproved ? [] : [skip(endOf(xDown2, small, 'down2'), xUnflatten, y3)]),
    ],
    conditions: isImproved
      ? [
          { id: 'toldDown1', x: cInit, y: between(y1 + large / 2 + 6, y2 - 22), words: 'left' },
          { id: 'toldDown2', x: cDown1, y: between(y2 + middle / 2 + 6, y3 - 18), words: 'left' },
          { id: 'toldBottom', x: between(endOf(xDown2, small, 'down2') + 6, xUnflatten - 9), y: y3, words: 'above' },
          { id: 'toldUp2', x: cUp2, y: between(y2, y1 + large / 2), words: 'right' },
          { id: 'told', x: width - 8, y: y4 - 8, words: 'left' },
        ]
      : [
          { id: 'condition1', x: cUnflatten, y: between(y4, y3 + small / 2), words: 'right' },
          { id: 'condition2', x: cUp1, y: between(y3, y2 + middle / 2), words: 'right' },
        ],
    input: { x: 0, y: round(y1 - large / 2) },
    output: { x: round(xOut), y: round(y1 - large / 2) },
    ...(isImproved ? {} : { vector: { x: xVector, y: y4 - unit / 2, width: vectorWidth, height: Math.max(3, unit) } }),
  };
}
