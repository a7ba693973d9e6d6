import type { Recipe } from '#contract/recipe.ts';

/**
 * The UNet of the assignment as its figure shows it: every block with its operations, shapes and parameters.
 * Counts are PyTorch's: weights, biases, and the two parameters a channel of BatchNorm.
 */

export type Conditioning = Recipe['conditioning'];

/** A block of the UNet; `condition1` and `condition2` are where time and class come in. */
export interface Block {
  id: 'init' | 'down1' | 'down2' | 'flatten' | 'unflatten' | 'condition1' | 'up1' | 'condition2' | 'up2' | 'out';
  /** as it is written beside the arrow */
  short: string;
  name: string;
  operations: string;
  from: string;
  to: string;
  parameters: number;
}

const norm = (channels: number) => 2 * channels;
/** a convolution with bias and BatchNorm, with `taps` weights for each pair of channels */
const conv = (taps: number, from: number, to: number) => taps * from * to + to + norm(to);
const convBlock = (from: number, to: number) => conv(9, from, to) + conv(9, to, to);
const downBlock = (from: number, to: number) => conv(9, from, to) + convBlock(to, to);
const upBlock = (from: number, to: number) => conv(16, from, to) + convBlock(to, to);

const shape = (channels: number, side: number) => `${channels}×${side}×${side}`;

const linear = (from: number, to: number) => from * to + to;
const fcBlock = (from: number, to: number) => linear(from, to) + linear(to, to);
const CLASSES = 10;

/** Where the feature maps of a stage, `channels` of them, are told the time and the class. */
function conditionBlock(stage: 1 | 2, conditioning: Conditioning, channels: number, side: number): Block[] {
  if (conditioning === 'none') return [];
  const sub = stage === 1 ? '₁' : '₂';
  const withClass = conditioning === 'class';
  return [
    {
      id: `condition${stage}`,
      short: withClass ? `× c${sub} + t${sub}` : `+ t${sub}`,
      name: withClass ? `FCBlock(${CLASSES}, ${channels}), FCBlock(1, ${channels})` : `FCBlock(1, ${channels})`,
      operations: `${withClass ? `c${sub} from the class, t${sub} from t / T` : `t${sub} from t / T`}: Linear → GELU → Linear; one number for each channel`,
      from: shape(channels, side),
      to: shape(channels, side),
      parameters: fcBlock(1, channels) + (withClass ? fcBlock(CLASSES, channels) : 0),
    },
  ];
}

/** The steps of the UNet of hidden width D, in the order the image takes. */
export function unetBlocks(d: number, conditioning: Conditioning): Block[] {
  const wide = 2 * d;
  return [
    {
      id: 'init',
      short: 'ConvBlock',
      name: `ConvBlock(1, ${d})`,
      operations: 'Conv 3 × 3 → BatchNorm → GELU, twice',
      from: shape(1, 28),
      to: shape(d, 28),
      parameters: convBlock(1, d),
    },
    {
      id: 'down1',
      short: 'DownBlock',
      name: `DownBlock(${d}, ${d})`,
      operations: 'Conv 3 × 3, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(d, 28),
      to: shape(d, 14),
      parameters: downBlock(d, d),
    },
    {
      id: 'down2',
      short: 'DownBlock',
      name: `DownBlock(${d}, ${wide})`,
      operations: 'Conv 3 × 3, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(d, 14),
      to: shape(wide, 7),
      parameters: downBlock(d, wide),
    },
    {
      id: 'flatten',
      short: 'Flatten',
      name: 'Flatten',
      operations: 'mean over 7 × 7 → GELU',
      from: shape(wide, 7),
      to: shape(wide, 1),
      parameters: 0,
    },
    {
      id: 'unflatten',
      short: 'Unflatten',
      name: `Unflatten(${wide})`,
      operations: 'transposed Conv 7 × 7, stride 7 → BatchNorm → GELU',
      from: shape(wide, 1),
      to: shape(wide, 7),
      parameters: conv(49, wide, wide),
    },
    ...conditionBlock(1, conditioning, wide, 7),
    {
      id: 'up1',
      short: 'UpBlock',
      name: `UpBlock(${4 * d}, ${d})`,
      operations: 'transposed Conv 4 × 4, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(4 * d, 7),
      to: shape(d, 14),
      parameters: upBlock(4 * d, d),
    },
    ...conditionBlock(2, conditioning, d, 14),
    {
      id: 'up2',
      short: 'UpBlock',
      name: `UpBlock(${wide}, ${d})`,
      operations: 'transposed Conv 4 × 4, stride 2 → BatchNorm → GELU, then a ConvBlock',
      from: shape(wide, 14),
      to: shape(d, 28),
      parameters: upBlock(wide, d),
    },
    {
      id: 'out',
      short: 'ConvBlock',
      name: `ConvBlock(${wide}, ${d}), Conv(${d}, 1)`,
      operations: 'a ConvBlock, then a plain Conv 3 × 3',
      from: shape(wide, 28),
      to: shape(1, 28),
      parameters: convBlock(wide, d) + 9 * d + 1,
    },
  ];
}

/** 7,891,073 at D = 128 without conditioning. */
export const unetParameters = (d: number, conditioning: Conditioning): number =>
  unetBlocks(d, conditioning).reduce((sum, block) => sum + block.parameters, 0);
